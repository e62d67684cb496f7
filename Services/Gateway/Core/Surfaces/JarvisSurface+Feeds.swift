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
    own(.post, "/user/{id}/freebusy", Calendar.MakeFreeBusyFeed.name),
    own(.delete, "/user/{id}/freebusy", Calendar.EndFreeBusyFeed.name),
    calendar(.get, "/user/{id}/freebusy") { exchange throws(Failure) in
      try requireSelf(exchange)
      let call = Calendar.ReadFreeBusy(Calendar.Request(fields: exchange.queryObject(["from", "to"])))
      return calendarText(try await exchange.services.calendar.call(call, exchange.context), exchange)
    },
    Route(
      method: .post,
      pattern: "/user/{id}/calendar",
      surface: .jarvis,
      access: .session,
      body: .raw,
      maximumBody: largestFile,
      limits: [LimitRule(name: "calendar_files", key: .user)],
      handle: importFile
    ),
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

  /// As it travels on the bus, whose lines end at a mebibyte.
  private static let largestFile = 900_000

  /// Takes a calendar file, which says that it is one.
  @LoopActor
  private static func importFile(_ exchange: Exchange) async throws(Failure) -> HTTPResponse {
    try requireSelf(exchange)
    let type = exchange.request.headers.first("content-type")?.split(separator: ";").first?.trimmed.lowercased()
    guard type == "text/calendar" else { throw Failure(.invalid, field: "body", reason: "media_type") }
    guard let text = String(validating: exchange.request.body, as: UTF8.self) else { throw .invalid("body") }
    let fields = RawJSON.object { $0.member("text", text) }
    guard fields.bytes.count <= largestFile else { throw Failure(.invalid, field: "body", reason: "too_large") }
    return try await ask(exchange, Calendar.ImportFile.name, fields)
  }

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
