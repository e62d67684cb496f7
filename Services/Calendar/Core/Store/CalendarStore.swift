import Almanac
import Loop
import Outbox
import Postgres
import Queue
import Time
import Wire

/// All SQL of the calendar; polls, entries and people have files of their own. Times in records are Unix seconds.
@LoopActor
struct CalendarStore {
  let database: Database
  /// Calls that wait for delivery, and for chat.
  let notices: OutboxTable
  let rooms: OutboxTable
  /// Called after a commit that may have left calls behind.
  let wake: @LoopActor () -> Void
  /// Whether events go into linked calendars.
  let exports: Bool
  /// Nil: who has no account is not written to.
  let invitations: Invitations?

  /// Of exports and imports.
  static let lease = LeaseTerms(length: .seconds(3))
  /// On which copies tell each other that a linked calendar is to be asked or told.
  static let linkedChannel = "calendar_linked"
  static let announcing: SQL = "SELECT pg_notify('calendar_linked', '')"

  /// Runs the closure in a transaction, then sees to what it has left in the outbox.
  func change<T>(_ body: @LoopActor (Transaction) async throws -> T) async throws -> T {
    let outcome = try await database.transaction { try await body($0) }
    wake()
    return outcome
  }

  /// Puts pushes on their way in the same transaction as the change they tell of.
  func post(_ pushes: [Delivery.SendPush], _ transaction: Transaction) async throws {
    for push in pushes {
      try await notices.leave(push, key: "calendar:\(UUIDValue.random())", in: transaction)
    }
  }
}

// MARK: - Rooms

extension CalendarStore {
  /// Tells chat who is in a real event's room, as the transaction leaves it; the revision puts late calls in their place.
  /// Gives what chat is told.
  @discardableResult
  func postRoom(_ event: EventRecord, _ transaction: Transaction) async throws -> Chat.SetEventRoom? {
    guard event.state == .confirmed else { return nil }
    let emails = [event.creatorEmail] + event.attendees.map(\.email)
    let members = try await users(of: emails, transaction)
    return try await leave(Chat.SetEventRoom(event.room, members: members, revision: event.revision), transaction)
  }

  /// Locks everybody out of a room; what was said stays until the event's data goes.
  func closeRoom(_ event: EventRecord, _ transaction: Transaction) async throws -> Chat.SetEventRoom? {
    guard event.starts != nil else { return nil }
    return try await leave(Chat.SetEventRoom(event.room, members: [], revision: event.revision), transaction)
  }

  private func leave(_ call: Chat.SetEventRoom, _ transaction: Transaction) async throws -> Chat.SetEventRoom {
    try await rooms.leave(call, key: "room:\(call.event.text):\(call.revision)", in: transaction)
    return call
  }
}

extension EventRecord {
  var room: CalendarEventID { CalendarEventID(id.hex) }
}

// MARK: - Reading events

extension CalendarStore {
  func event(_ id: UUIDValue) async throws(PostgresError) -> EventRecord? {
    let results = try await database.atomically([CalendarStore.readEvent(id), CalendarStore.readGuests(of: [id])])
    guard let row = results[0].first else { return nil }
    var event = try EventRecord(row)
    event.guests = try results[1].map { row throws(PostgresError) in try GuestRecord(row) }
    return event
  }

  static func readEvent(_ id: UUIDValue) -> SQL {
    "SELECT \(unescaped: EventRecord.columns) FROM calendar.event e WHERE e.id = \(id)"
  }

  static func readGuests(of events: [UUIDValue]) -> SQL {
    """
    SELECT \(unescaped: GuestRecord.columns) FROM calendar.guest g
    WHERE g.event = ANY(\(events)) ORDER BY g.event, g.place, g.email
    """
  }

  /// What the person has made or is asked to, the newest first.
  func events(_ wanted: EventQuery, at now: Timestamp) async throws(PostgresError) -> [EventRecord] {
    let rows = try await database.query(
      """
      SELECT \(unescaped: EventRecord.columns) FROM calendar.event e
      WHERE e.id IN (
        SELECT id FROM calendar.event WHERE creator = \(wanted.caller.id)
        UNION SELECT event FROM calendar.guest WHERE email = \(wanted.caller.email)
      ) AND coalesce(e.ends, e.closes) > \(wanted.from) AND coalesce(e.starts, e.created) < \(wanted.to)
        AND (NOT \(wanted.onlyOpen) OR (e.state = 'pending' AND e.closes > \(now)))
      ORDER BY e.created DESC, e.id LIMIT \(wanted.limit)
      """
    )
    return try await withGuests(rows)
  }

  private func withGuests(_ rows: Rows) async throws(PostgresError) -> [EventRecord] {
    var events = try rows.map { row throws(PostgresError) in try EventRecord(row) }
    guard !events.isEmpty else { return [] }
    var guests: [UUIDValue: [GuestRecord]] = [:]
    for row in try await database.query(CalendarStore.readGuests(of: events.map(\.id))) {
      guests[try row.get(0), default: []].append(try GuestRecord(row))
    }
    for place in events.indices { events[place].guests = guests[events[place].id] ?? [] }
    return events
  }
}

/// Which events of a person are wanted.
struct EventQuery: Sendable {
  var caller: Caller
  var from = Timestamp(microseconds: .min)
  var to = Timestamp(microseconds: .max)
  var onlyOpen = false
  var limit = 200
}
