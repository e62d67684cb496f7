import Bus
import HTTP
import JSON
import Loop
import Wire

/// Calendars for other programs: a private address per user, and each real event for its people.
extension JarvisSurface {
  static let feedRoutes: [Route] = [
    own(.post, "/user/{id}/feed", Calendar.MakeFeed.name),
    own(.delete, "/user/{id}/feed", Calendar.EndFeed.name),
    Route(method: .get, pattern: "/feeds/{token}", surface: .jarvis) { exchange throws(Failure) in
      let name = exchange.parameter("token")
      let token = name.hasSuffix(".ics") ? String(name.dropLast(4)) : name
      let feed = try await exchange.services.calendar.call(Calendar.ReadFeed(token), exchange.context)
      return calendarText(feed, exchange)
    },
    calendar(.get, "/events/{eid}/ics") { exchange throws(Failure) in
      let call = Calendar.ReadEventFeed(exchange.parameter("eid"))
      return calendarText(try await exchange.services.calendar.call(call, exchange.context), exchange)
    },
  ]

  /// 304 without a body when the reader has this text already.
  @LoopActor
  private static func calendarText(_ feed: Calendar.Feed, _ exchange: Exchange) -> HTTPResponse {
    let tag = "\"\(feed.tag)\""
    let headers = [("ETag", tag), ("Cache-Control", "private, no-cache")]
    let known = exchange.request.headers.first("if-none-match")?.split(separator: ",").map { $0.trimmed } ?? []
    if known.contains(where: { $0 == tag || $0 == "W/\(tag)" || $0 == "*" }) {
      return HTTPResponse(status: 304, headers: headers, body: [])
    }
    let type = ("Content-Type", "text/calendar; charset=utf-8")
    return HTTPResponse(status: 200, headers: [type] + headers, body: Array(feed.text.utf8))
  }
}
