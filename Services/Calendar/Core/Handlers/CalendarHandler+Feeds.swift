import ICalendar
import JSON
import Loop
import Postgres
import Security
import Time
import Wire

// Calendars for other programs to read.
extension CalendarHandler {
  func makeFeed(_ caller: Caller) async throws -> RawJSON { try await makeFeed(.events, caller) }

  /// Makes a private address, in place of an earlier one. Whoever has it may read, so it is told once and kept as a hash.
  func makeFeed(_ kind: FeedKind, _ caller: Caller) async throws -> RawJSON {
    let token = Base64URL.encode(Random.bytes(32))
    try await store.storeFeed(kind, SHA256.digest(token), of: caller.id, at: clock.now())
    report(.changed(.feedMade))
    return .object { writer in
      writer.name("response")
      writer.beginObject()
      writer.member("path", "/feeds/\(token).ics")
      writer.endObject()
    }
  }

  func endFeed(_ caller: Caller) async throws -> RawJSON {
    guard try await store.removeFeed(.events, of: caller.id) else { throw Failure(.notFound) }
    return CalendarHandler.responded
  }

  /// The feed behind an address; asked by programs, so nobody is logged in.
  func readFeed(_ call: Calendar.ReadFeed) async throws -> Calendar.Feed {
    try await translating {
      guard let feed = try await self.store.feed(SHA256.digest(call.token)) else { throw Failure(.notFound) }
      guard feed.kind == .events else { return try await self.freeBusy(of: feed.owner) }
      let now = self.clock.now()
      return self.feed(of: try await self.store.feedEvents(of: feed.owner, email: feed.email, at: now))
    }
  }

  /// One real event as a calendar of its own, for those who belong to it.
  func readEventFeed(_ call: Calendar.ReadEventFeed, _ context: CallContext) async throws -> Calendar.Feed {
    try await translating {
      let caller = try await self.directory.caller(of: context)
      let event = try await self.event(Calendar.Request(event: call.event), for: caller)
      guard event.starts != nil else { throw Failure(.conflict, .tentative) }
      return self.feed(of: [event])
    }
  }

  private func feed(of events: [EventRecord]) -> Calendar.Feed {
    Calendar.Feed(CalendarText(name: "Carillon", events: events.map(\.calendarEvent)).text())
  }
}

extension Calendar.Feed {
  init(_ text: String) { self.init(text: text, tag: Base64URL.encode(Array(SHA256.digest(text).prefix(12)))) }
}

extension EventRecord {
  var calendarEvent: CalendarText.Event {
    var event = CalendarText.Event(uid: "\(id.hex)@carillon")
    event.sequence = revision
    event.stamp = updated.unix
    event.start = starts ?? 0
    event.end = ends ?? 0
    event.summary = name
    event.description = description
    event.location = location
    event.organizer = creatorEmail
    event.attendees = attendees.map { CalendarText.Guest($0.email) }
    event.isCancelled = state == .cancelled
    return event
  }
}
