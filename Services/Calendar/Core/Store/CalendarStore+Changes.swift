import Loop
import Postgres
import Time
import Wire

// What a creator does to a poll or event after it was made.
extension CalendarStore {
  /// Stores new texts; nil leaves one as it is. Nil when the event is cancelled.
  func edit(
    _ id: UUIDValue,
    name: String?,
    description: String?,
    location: String?,
    at now: Timestamp
  ) async throws -> EventRecord? {
    try await change { transaction in
      let changed = try await transaction.query(
        """
        UPDATE calendar.event
        SET name = coalesce(\(name), name), description = coalesce(\(description), description),
          location = coalesce(\(location), location), revision = revision + 1, updated = \(now)
        WHERE id = \(id) AND state <> 'cancelled'
        """
      )
      return changed.affected == 1 ? try await self.event(id, transaction) : nil
    }
  }

  /// Cancels, and leaves the pushes for those who would have come; false when it was cancelled before.
  func cancel(
    _ id: UUIDValue,
    push: @LoopActor (EventRecord, UserID) -> Delivery.SendPush,
    at now: Timestamp
  ) async throws -> Bool {
    try await change { transaction in
      let changed = try await transaction.query(
        """
        UPDATE calendar.event SET state = 'cancelled', revision = revision + 1, updated = \(now)
        WHERE id = \(id) AND state <> 'cancelled'
        """
      )
      guard changed.affected == 1 else { return false }
      try await transaction.query("DELETE FROM calendar.hold WHERE event = \(id)")
      let event = try await self.event(id, transaction)
      let told = event.starts == nil ? event.invitees : event.attendees
      let people = try await self.users(of: told.map(\.email), transaction)
      try await self.post(people.map { push(event, $0) }, transaction)
      try await self.closeRoom(event, transaction)
      return true
    }
  }

  /// Adds people to those who are asked, to a real event as people who come; who is there already stays as they are.
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
      let known = Set(before.guests.map(\.email))
      let isReal = before.state == .confirmed
      try await transaction.query(
        CalendarStore.adding(people, to: id, from: before.guests.count, attending: isReal)
      )
      let after = try await self.event(id, transaction)
      guard after.invitees.count <= PollForm.mostPeople else { throw Failure(.conflict, .tooMany) }
      try await self.post(pushes.filter { !known.contains($0.email) }.map(\.push), transaction)
      try await self.postRoom(after, transaction)
      return after
    }
  }

  /// Takes a person out; nil when they are not in it.
  func remove(
    _ email: String,
    from id: UUIDValue,
    push: (@LoopActor (EventRecord, UserID) -> Delivery.SendPush)?,
    at now: Timestamp
  ) async throws -> EventRecord? {
    try await change { transaction in
      try await transaction.query("SELECT FROM calendar.event WHERE id = \(id) FOR UPDATE")
      let gone = try await transaction.query("DELETE FROM calendar.guest WHERE event = \(id) AND email = \(email)")
      guard gone.affected == 1 else { return nil }
      try await transaction.query(
        "UPDATE calendar.event SET revision = revision + 1, updated = \(now) WHERE id = \(id)"
      )
      let event = try await self.event(id, transaction)
      try await self.postRoom(event, transaction)
      if let push {
        let people = try await self.users(of: [email], transaction)
        try await self.post(people.map { push(event, $0) }, transaction)
      }
      return event
    }
  }
}
