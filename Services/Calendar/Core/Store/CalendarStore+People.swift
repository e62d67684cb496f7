import Almanac
import Postgres
import Time
import Wire

extension CalendarStore {
  /// Keeps who somebody is, for when others ask about them. An e-mail belongs to the one who showed up with it last.
  ///
  /// Somebody who shows up for the first time may have been added to real events before: their rooms let them in now.
  func note(_ caller: Caller, at now: Timestamp) async throws {
    try await change { transaction in
      let known = try await transaction.query("SELECT email FROM calendar.person WHERE id = \(caller.id) FOR UPDATE")
      let isNew = try known.first?.get(0, as: String?.self) != caller.email || known.isEmpty
      if isNew {
        try await transaction.query(
          "UPDATE calendar.person SET email = NULL WHERE email = \(caller.email) AND id <> \(caller.id)"
        )
      }
      try await self.write(caller, isThere: !known.isEmpty, transaction)
      guard isNew else { return }
      try await self.openRooms(to: caller, transaction, at: now)
      try await self.planReminders(of: .person(caller.id), transaction, at: now)
    }
  }

  private func write(_ caller: Caller, isThere: Bool, _ transaction: Transaction) async throws {
    if !isThere {
      // Two copies may see a newcomer at once: one that names the id alone would trip over the other's e-mail.
      let added = try await transaction.query(
        """
        INSERT INTO calendar.person (id, email, zone) VALUES (\(caller.id), \(caller.email), \(caller.zone.name))
        ON CONFLICT DO NOTHING
        """
      )
      guard added.affected == 0 else { return }
    }
    try await transaction.query(
      "UPDATE calendar.person SET email = \(caller.email), zone = \(caller.zone.name) WHERE id = \(caller.id)"
    )
  }

  private func openRooms(to caller: Caller, _ transaction: Transaction, at now: Timestamp) async throws {
    let rows = try await transaction.query(
      """
      UPDATE calendar.event AS e SET revision = e.revision + 1
      FROM calendar.guest AS g
      WHERE g.email = \(caller.email) AND g.attends AND e.id = g.event AND e.state = 'confirmed' AND e.ends > \(now)
      RETURNING e.id
      """
    )
    for row in rows { try await postRoom(try await event(try row.get(0), transaction), transaction) }
  }

  /// Keeps people whom nobody has kept before; what they say of themselves later counts more.
  func keep(_ people: [Caller]) async throws(PostgresError) {
    guard !people.isEmpty else { return }
    try await database.query(
      """
      INSERT INTO calendar.person (id, email, zone)
      SELECT * FROM unnest(\(people.map(\.id)), \(people.map(\.email)), \(people.map(\.zone.name)))
      ON CONFLICT DO NOTHING
      """
    )
  }

  /// The accounts behind e-mails, as far as they are kept.
  func people(_ emails: [String]) async throws(PostgresError) -> [String: UUIDValue] {
    var people: [String: UUIDValue] = [:]
    for row in try await database.query("SELECT email, id FROM calendar.person WHERE email = ANY(\(emails))") {
      people[try row.get(0)] = try row.get(1)
    }
    return people
  }

  /// The name of a person's zone; nil for somebody who is not kept.
  func zone(of person: UUIDValue) async throws(PostgresError) -> String? {
    try await database.query("SELECT zone FROM calendar.person WHERE id = \(person)").first?.get(0)
  }

  // MARK: - Positions; the last one only

  func place(_ caller: UUIDValue, at position: Position, now: Timestamp) async throws(PostgresError) {
    try await database.query(
      """
      UPDATE calendar.person SET lat = \(position.latitude), lon = \(position.longitude), placed = \(now)
      WHERE id = \(caller)
      """
    )
  }

  /// Positions younger than a moment of those who have one.
  func positions(of emails: [String], since moment: Timestamp) async throws(PostgresError) -> [PlacedPerson] {
    let rows = try await database.query(
      """
      SELECT email, lat, lon, placed FROM calendar.person
      WHERE email = ANY(\(emails)) AND placed >= \(moment) ORDER BY email
      """
    )
    return try rows.map { row throws(PostgresError) in
      PlacedPerson(email: try row.get(0), lat: try row.get(1), lon: try row.get(2), placed: try row.get(3))
    }
  }
}

struct PlacedPerson: Sendable {
  let email: String
  let lat: String
  let lon: String
  let placed: Timestamp
}
