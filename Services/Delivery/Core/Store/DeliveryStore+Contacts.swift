import Postgres
import Time

/// A member among somebody's contacts.
struct MatchedContact: Sendable {
  let contact: Contact
  let person: UUIDValue
  let status: SenderStatus
}

extension DeliveryStore {
  /// Who has the numbers; a number without a member is not in it.
  func members(_ phones: [String]) async throws(PostgresError) -> [String: (id: UUIDValue, rank: Int)] {
    let rows = try await database.query(
      """
      SELECT p.phone, p.id, coalesce(s.rank, 0) FROM delivery.person p
      LEFT JOIN delivery.standing s ON s.person = p.id WHERE p.phone = ANY(\(phones))
      """
    )
    var members: [String: (id: UUIDValue, rank: Int)] = [:]
    for row in rows { members[try row.get(0)] = (try row.get(1), try row.get(2)) }
    return members
  }

  /// Replaces a person's book; false when it is the same as before.
  func keep(_ book: AddressBook, of owner: UUIDValue, at now: Timestamp) async throws(PostgresError) -> Bool {
    let digest = Bytea(book.digest)
    let contacts = book.contacts
    let held = try await database.query("SELECT FROM delivery.book WHERE owner = \(owner) AND digest = \(digest)")
    guard held.isEmpty else { return false }
    try await database.atomically([
      """
      INSERT INTO delivery.book AS held (owner, digest, changed) VALUES (\(owner), \(digest), \(now))
      ON CONFLICT (owner) DO UPDATE SET digest = excluded.digest, changed = excluded.changed
      """,
      "DELETE FROM delivery.contact WHERE owner = \(owner)",
      """
      INSERT INTO delivery.contact (owner, place, written, phone, name)
      SELECT \(owner), * FROM unnest(\(Array(contacts.indices)), \(contacts.map(\.written)), \(contacts.map(\.phone)),
        \(contacts.map(\.name)))
      """,
    ])
    return true
  }

  /// The members in a person's book, in its order; nil when there is no book.
  func book(of owner: UUIDValue) async throws(PostgresError) -> [MatchedContact]? {
    let results = try await database.atomically([
      "SELECT FROM delivery.book WHERE owner = \(owner)",
      """
      SELECT c.written, c.name, p.id, coalesce(s.rank, 0) FROM delivery.contact c
      JOIN delivery.person p ON p.phone = c.phone LEFT JOIN delivery.standing s ON s.person = p.id
      WHERE c.owner = \(owner) ORDER BY c.place
      """,
    ])
    guard !results[0].isEmpty else { return nil }
    return try results[1].map { row throws(PostgresError) in
      MatchedContact(
        contact: Contact(try row.get(0), country: "", name: try row.get(1)),
        person: try row.get(2),
        status: SenderStatus(rawValue: try row.get(3)) ?? .newbie
      )
    }
  }

  /// The members who know a newcomer by number, and whom he knows, and who were not told of him before; with the name that
  /// each of them gave him. They count as told from now on.
  func greet(_ newcomer: UUIDValue) async throws(PostgresError) -> [(member: UUIDValue, country: String, name: String)]
  {
    let rows = try await database.query(
      """
      WITH told AS (
        INSERT INTO delivery.joined (newcomer, member)
        SELECT DISTINCT me.id, m.id FROM delivery.person me
        JOIN delivery.contact c ON c.owner = me.id
        JOIN delivery.person m ON m.phone = c.phone AND m.id <> me.id
        JOIN delivery.contact back ON back.owner = m.id AND back.phone = me.phone
        WHERE me.id = \(newcomer) AND NOT EXISTS (SELECT FROM delivery.block b
          WHERE (b.person = me.id AND b.blocked = m.id) OR (b.person = m.id AND b.blocked = me.id))
        ON CONFLICT DO NOTHING RETURNING member
      )
      SELECT DISTINCT ON (p.id) p.id, p.country, c.name FROM told JOIN delivery.person p ON p.id = told.member
      JOIN delivery.person me ON me.id = \(newcomer)
      JOIN delivery.contact c ON c.owner = p.id AND c.phone = me.phone ORDER BY p.id, c.place
      """
    )
    return try rows.map { row throws(PostgresError) in (try row.get(0), try row.get(1), try row.get(2)) }
  }

  /// Notes that a newcomer by this number was told of. Until then every snapshot with the number begins that anew.
  func markGreeted(_ newcomer: UUIDValue, as phone: String) async throws(PostgresError) {
    try await database.query(
      "UPDATE delivery.person SET greeted = \(phone) WHERE id = \(newcomer) AND phone = \(phone)"
    )
  }
}
