import Loop
import Postgres
import Time
import Wire

// What a creator does to a poll or event after it was made.
extension CalendarStore {
  /// Stores new texts and times, and leaves pushes where it moves; nil when the event is cancelled. Refused by `hold_once`
  /// where a poll of the creator holds some of the new time.
  func edit(
    _ id: UUIDValue,
    _ new: EventChange,
    push: @LoopActor (EventRecord, UserID) -> Delivery.SendPush,
    at now: Timestamp
  ) async throws -> EventRecord? {
    try await change { transaction in
      let changed = try await transaction.query(
        """
        UPDATE calendar.event
        SET name = coalesce(\(new.name), name), description = coalesce(\(new.description), description),
          location = coalesce(\(new.location), location), revision = revision + 1, updated = \(now)
        WHERE id = \(id) AND state <> 'cancelled'
        """
      )
      guard changed.affected == 1 else { return nil }
      if let times = new.times { try await self.move(id, to: times, push: push, transaction, at: now) }
      let event = try await self.event(id, transaction)
      try await self.postExports(event, transaction, at: now)
      if event.state == .confirmed {
        try await self.invite(event.guestsToTell, to: event, .changed, transaction, at: now)
      }
      return event
    }
  }

  private func move(
    _ id: UUIDValue,
    to times: Activation,
    push: @LoopActor (EventRecord, UserID) -> Delivery.SendPush,
    _ transaction: Transaction,
    at now: Timestamp
  ) async throws {
    let old = try await event(id, transaction)
    // As in an activation: a poll's hold on the new time breaks the constraint.
    try await hold(id, by: old.creator, times, until: .init(microseconds: .max), now: now, transaction)
    try await transaction.query("DELETE FROM calendar.hold WHERE event = \(id)")
    try await transaction.query(
      """
      UPDATE calendar.event SET starts = \(Timestamp(unix: times.start)), ends = \(Timestamp(unix: times.end))
      WHERE id = \(id)
      """
    )
    guard old.starts != times.start || old.ends != times.end else { return }
    let event = try await event(id, transaction)
    let people = try await users(of: event.attendees.map(\.email), transaction)
    try await post(people.map { push(event, $0) }, transaction)
    try await planReminders(of: .event(id), transaction, at: now)
  }

  /// Cancels, and leaves the pushes for those who would have come, or of a poll might have; nil when it was cancelled before.
  func cancel(
    _ id: UUIDValue,
    push: @LoopActor (EventRecord, UserID) -> Delivery.SendPush,
    at now: Timestamp
  ) async throws -> ChangedEvent? {
    try await change { transaction in
      let changed = try await transaction.query(
        """
        UPDATE calendar.event SET state = 'cancelled', revision = revision + 1, updated = \(now)
        WHERE id = \(id) AND state <> 'cancelled'
        """
      )
      guard changed.affected == 1 else { return nil }
      try await transaction.query("DELETE FROM calendar.hold WHERE event = \(id)")
      let event = try await self.event(id, transaction)
      let told = event.starts == nil ? event.guestsToTell : event.attendees.map(\.email)
      let people = try await self.users(of: told, transaction)
      try await self.post(people.map { push(event, $0) }, transaction)
      let room = try await self.closeRoom(event, transaction)
      try await self.planReminders(of: .event(id), transaction, at: now)
      try await self.postExports(event, transaction, at: now)
      try await self.invite(event.guestsToTell, to: event, .cancelled, transaction, at: now)
      return ChangedEvent(event: event, room: room)
    }
  }

  /// Adds people to those who are asked, to a real event as people who come, whatever they answered when it was a poll;
  /// who is asked or comes already stays as they are.
  /// Nil when the event is cancelled, `tooMany` when there would be more than a poll may have.
  func add(
    _ people: [PollForm.Invitee],
    to id: UUIDValue,
    pushes: [(email: String, push: Delivery.SendPush)],
    at now: Timestamp
  ) async throws -> EventRecord? {
    try await change { transaction in
      let changed = try await transaction.query(
        """
        UPDATE calendar.event SET revision = revision + 1, updated = \(now) WHERE id = \(id) AND state <> 'cancelled'
        """
      )
      guard changed.affected == 1 else { return nil }
      let before = try await self.event(id, transaction)
      let isReal = before.state == .confirmed
      let known = Set(before.guests.filter { !isReal || $0.attends }.map(\.email) + [before.creatorEmail])
      try await transaction.query(
        CalendarStore.adding(people, to: id, from: before.guests.count, attending: isReal)
      )
      let after = try await self.event(id, transaction)
      guard after.invitees.count <= PollForm.mostPeople else { throw Failure(.conflict, .tooMany) }
      try await self.post(pushes.filter { !known.contains($0.email) }.map(\.push), transaction)
      try await self.postRoom(after, transaction)
      try await self.planReminders(of: .event(id), transaction, at: now)
      try await self.postExports(after, transaction, at: now)
      let new = people.map(\.email).filter { !known.contains($0) }
      try await self.invite(new, to: after, isReal ? .scheduled : .asked, transaction, at: now)
      return after
    }
  }

  /// Takes a person out; nil when they are not in it.
  func remove(
    _ email: String,
    from id: UUIDValue,
    push: (@LoopActor (EventRecord, UserID) -> Delivery.SendPush)?,
    at now: Timestamp
  ) async throws -> ChangedEvent? {
    try await change { transaction in
      try await transaction.query("SELECT FROM calendar.event WHERE id = \(id) FOR UPDATE")
      let gone = try await transaction.query("DELETE FROM calendar.guest WHERE event = \(id) AND email = \(email)")
      guard gone.affected == 1 else { return nil }
      try await transaction.query(
        "UPDATE calendar.event SET revision = revision + 1, updated = \(now) WHERE id = \(id)"
      )
      let event = try await self.event(id, transaction)
      let room = try await self.postRoom(event, transaction)
      try await self.planReminders(of: .event(id), transaction, at: now)
      try await self.postExports(event, transaction, at: now)
      if event.starts != nil { try await self.invite([email], to: event, .cancelled, transaction, at: now) }
      if let push {
        let people = try await self.users(of: [email], transaction)
        try await self.post(people.map { push(event, $0) }, transaction)
      }
      return ChangedEvent(event: event, room: room)
    }
  }
}

/// An event that somebody is in no longer.
struct ChangedEvent: Sendable {
  let event: EventRecord
  /// What chat is told of its room, which only a real event has.
  let room: Chat.SetEventRoom?
}

/// What a creator changes about an event; nil leaves a thing as it is.
struct EventChange: Sendable {
  var name: String?
  var description: String?
  var location: String?
  var times: Activation?
}
