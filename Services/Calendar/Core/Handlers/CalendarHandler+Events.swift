import JSON
import Loop
import Postgres
import Time
import Wire

// What happens to an event, and near it.
extension CalendarHandler {
  /// E7: the others' positions, as texts, which is how they came.
  func locations(_ request: Calendar.Request, _ caller: Caller) async throws -> RawJSON {
    let event = try await event(request, for: caller)
    try requireClose(event, caller)
    let others = ([event.creatorEmail] + event.attendees.map(\.email)).filter { $0 != caller.email }
    let since = clock.now() - .seconds(LocationWindow.freshness)
    let found = try await store.positions(of: others, since: since)
    return .object { writer in
      writer.name("locations")
      writer.beginArray()
      for person in found {
        writer.beginObject()
        writer.member("user", person.email)
        writer.member("lat", person.lat)
        writer.member("lon", person.lon)
        writer.member("updated_at", person.placed.iso8601())
        writer.endObject()
      }
      writer.endArray()
    }
  }

  /// Positions are for those who come, and only around the event.
  func requireClose(_ event: EventRecord, _ caller: Caller) throws(Failure) {
    guard event.isMember(caller) else { throw Failure(.forbidden) }
    guard event.state == .confirmed, let start = event.starts, let end = event.ends,
      LocationWindow.isOpen(from: start, to: end, at: now)
    else { throw Failure(.conflict, .notClose) }
  }

  /// Who is in the event's room, by what chat is told of it with each change.
  func checkMember(_ call: Calendar.CheckMember, _ context: CallContext) async throws -> Empty {
    try await translating {
      let caller = try await self.directory.caller(of: context)
      let event = try await self.event(Calendar.Request(event: call.event), for: caller)
      guard event.state != .pending, event.starts != nil else { throw Failure(.conflict, .tentative) }
      guard event.state == .confirmed, event.isMember(caller) else { throw Failure(.forbidden) }
      return Empty()
    }
  }

  /// E11; with `startTime` a real event moves, and those who come are told.
  func edit(_ request: Calendar.Request, _ caller: Caller) async throws -> RawJSON {
    let event = try await ownEvent(request, of: caller)
    let fields = try LooseFields(request.fields)
    let now = clock.now()
    let times = try Activation(moving: event, fields, now: now.unix)
    guard times == nil || event.state != .pending else { throw Failure(.conflict, .tentative) }
    let changed = try await store.edit(
      event.id,
      EventChange(
        name: try fields.has("name") ? fields.requiredText("name", atMost: 200) : nil,
        description: try fields.replacement("description", atMost: 4000),
        location: try fields.replacement("location", atMost: 500),
        times: times
      ),
      push: Pushes.moved,
      at: now
    )
    guard let changed else { throw Failure(.conflict, .notPending) }
    report(.changed(times == nil ? .edited : .moved))
    return changed.document(at: now.unix)
  }

  /// E11, and the end of an own entry, which has an id of the same form.
  func cancel(_ request: Calendar.Request, _ caller: Caller) async throws -> RawJSON {
    if let id = request.event.flatMap({ UUIDValue(event: $0) }), try await removeOwn(id, caller) {
      report(.changed(.entryRemoved))
      return CalendarHandler.responded
    }
    let event = try await ownEvent(request, of: caller)
    guard let changed = try await store.cancel(event.id, push: Pushes.cancelled, at: clock.now()) else {
      throw Failure(.conflict, .notPending)
    }
    await shut(changed.room)
    report(.changed(.cancelled))
    return CalendarHandler.responded
  }

  private func removeOwn(_ id: UUIDValue, _ caller: Caller) async throws -> Bool {
    if try await store.removeEntry(id, of: caller.id, at: clock.now()) { return true }
    return try await store.removeFileEntry(id, of: caller.id)
  }

  static let responded = RawJSON.object { $0.member("response", "success") }

  /// E12.
  func addPeople(_ request: Calendar.Request, _ caller: Caller) async throws -> RawJSON {
    let event = try await ownEvent(request, of: caller)
    guard let emails = try LooseFields(request.fields).emails("people") else { throw Failure.missing("people") }
    guard (1...PollForm.mostPeople).contains(emails.count) else { throw Failure.invalid("people") }
    // Each once: the statement that adds them cannot change one row twice.
    var named: Set<String> = []
    let people = emails.filter { named.insert($0).inserted }.map { PollForm.Invitee(email: $0) }
    let accounts = try await directory.accounts(of: emails)
    let pushes = accounts.sorted { $0.key < $1.key }.map { email, user in
      (email: email, push: Pushes.invite(event.name, event.id.hex, from: event.creatorEmail, to: user))
    }
    let now = clock.now()
    guard let changed = try await store.add(people, to: event.id, pushes: pushes, at: now) else {
      throw Failure(.conflict, .notPending)
    }
    report(.changed(.peopleAdded))
    return changed.document(at: now.unix)
  }

  /// E12: who goes by themselves need not be told.
  func removePerson(_ request: Calendar.Request, _ caller: Caller) async throws -> RawJSON {
    let event = try await event(request, for: caller)
    guard let email = try await directory.email(of: request.person ?? "") else { throw Failure(.notFound) }
    let isSelf = email == caller.email
    guard event.creator == caller.id || isSelf else { throw Failure(.forbidden) }
    guard email != event.creatorEmail else { throw Failure.invalid("email") }
    let now = clock.now()
    let push = isSelf ? nil : Pushes.cancelled
    guard let changed = try await store.remove(email, from: event.id, push: push, at: now) else {
      throw Failure(.notFound)
    }
    await shut(changed.room)
    report(.changed(.personRemoved))
    return changed.event.document(at: now.unix)
  }

  /// Whoever is told that somebody is out shall find them out of the chat too. Where chat does not hear of it now, it does
  /// from the outbox.
  private func shut(_ room: Chat.SetEventRoom?) async {
    if let room { await tellChat(room) }
  }
}

extension LooseFields {
  /// A new text, which may be empty; nil when there is none.
  fileprivate func replacement(_ name: String, atMost limit: Int) throws(Failure) -> String? {
    has(name) ? try text(name, atMost: limit) ?? "" : nil
  }
}
