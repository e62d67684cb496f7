import Almanac
import JSON
import Loop
import Postgres
import Time
import Wire

// What a user asks about the own calendar (jarvis.md 2.2).
extension CalendarHandler {
  private static let mostEvents = 500

  /// U4: the summaries of everything the caller has to do with, and documents of what is real.
  func events(_ request: Calendar.Request, _ caller: Caller) async throws -> RawJSON {
    let fields = try LooseFields(request.fields)
    var query = EventQuery(caller: caller)
    let range = try fields.range()
    if let from = range.from { query.from = Timestamp(unix: from) }
    if let to = range.to { query.to = Timestamp(unix: to) }
    query.limit = try fields.whole("limit", in: 1...CalendarHandler.mostEvents) ?? query.limit
    let events = try await store.events(query, at: clock.now())
    let imported = try await store.imported(of: caller.id, query)
    let now = now
    return .object { writer in
      writer.name("response")
      writer.beginArray()
      for event in events { event.writeSummary(into: &writer, at: now) }
      writer.endArray()
      writer.name("events")
      writer.beginArray()
      for event in events where event.state == .confirmed && event.isMember(caller) {
        writer.beginObject()
        event.writeEvent(into: &writer)
        writer.endObject()
      }
      for entry in imported { entry.writeEvent(into: &writer) }
      writer.endArray()
    }
  }

  /// More than an app can show, and than one caller should take of the bus.
  private nonisolated static let mostScheduleBytes = 4 << 20

  /// U3: today and the next ninety days unless told otherwise, at most a year at once. Of a calendar too full for that as
  /// many days as there is room for; `invalid` `to` where the caller has named the end.
  func schedule(_ request: Calendar.Request, _ caller: Caller) async throws -> RawJSON {
    let range = try LooseFields(request.fields).range()
    let from = range.from ?? caller.zone.start(of: caller.zone.time(at: now).date)
    let to = range.to ?? from + 90 * 86_400
    guard from <= to, to - from <= 367 * 86_400 else { throw Failure.invalid("to") }
    let agenda = try await store.agenda(of: [caller.id], within: from..<to)
    // Off the loop: a full calendar has many thousand occurrences in a year.
    let document: RawJSON? = await EventLoop.shared.offload {
      var days = from..<to
      while true {
        let document = agenda.schedule(of: caller, within: days, atMost: CalendarHandler.mostScheduleBytes)
        if document != nil || range.to != nil || days.count <= 86_400 { return document }
        days = from..<(from + days.count / 2)
      }
    }
    guard let document else { throw Failure.invalid("to") }
    return document
  }

  /// U5.
  func proposals(_ caller: Caller) async throws -> RawJSON {
    let query = EventQuery(caller: caller, onlyOpen: true, limit: CalendarHandler.mostEvents)
    return polls(try await store.events(query, at: clock.now()).filter { $0.creator == caller.id })
  }

  /// U6.
  func invites(_ caller: Caller) async throws -> RawJSON {
    let query = EventQuery(caller: caller, onlyOpen: true, limit: CalendarHandler.mostEvents)
    return polls(
      try await store.events(query, at: clock.now()).filter { event in
        event.guest(caller.email).map { $0.answered == nil } ?? false
      }
    )
  }

  private func polls(_ polls: [EventRecord]) -> RawJSON {
    .object { writer in
      writer.name("events")
      writer.beginArray()
      for poll in polls {
        writer.beginObject()
        poll.writePoll(into: &writer)
        writer.endObject()
      }
      writer.endArray()
    }
  }

  /// U7, and E8 when the path names an event.
  func locate(_ request: Calendar.Request, _ caller: Caller) async throws -> RawJSON {
    if request.event != nil { try requireClose(try await event(request, for: caller), caller) }
    let position = try Position(LooseFields(request.fields))
    try await store.place(caller.id, at: position, now: clock.now())
    return .object { writer in
      writer.member("response", "success")
      writer.member("status", "success")
      writer.member("success", true)
    }
  }

  /// What a linked calendar says counts from now on.
  func importLinked(_ caller: Caller) async throws -> RawJSON {
    guard let importer else { throw Failure(.conflict, .notLinked) }
    let taken = try await importer.run(for: caller)
    return .object { writer in
      writer.member("response", "success")
      writer.member("imported", taken)
    }
  }

  /// E2.
  func addEntry(_ request: Calendar.Request, _ caller: Caller) async throws -> RawJSON {
    let form = try EntryForm(LooseFields(request.fields), owner: caller, zone: caller.zone, now: now)
    let id = UUIDValue.random()
    guard try await store.add(form, id: id, of: caller.id, at: clock.now()) else { throw Failure(.conflict, .tooMany) }
    report(.changed(.entryAdded))
    return form.document(id, owner: caller.email ?? "")
  }
}

extension LooseFields {
  /// `from` and `to` in Unix seconds, as far as they are given.
  func range() throws(Failure) -> (from: Int?, to: Int?) {
    let possible = 0...7_258_118_400
    return (try whole("from", in: possible), try whole("to", in: possible))
  }
}
