import Postgres

/// Somebody of the directory, as far as delivery must know.
struct Person: Sendable {
  let id: UUIDValue
  let country: String
  let phone: String?

  var language: Language { Language(country: country) }
}

/// Whom one request is about: who sends it, and to whom by id or by canonical number.
struct Inquiry: Sendable {
  let sender: UUIDValue
  var users: [UUIDValue] = []
  var phones: [String] = []
}

/// Those of an inquiry who are known.
struct Audience: Sendable {
  var sender: Person?
  var receivers: [Receiver] = []

  /// Whether all whose ids were given are there.
  func isComplete(for inquiry: Inquiry) -> Bool {
    inquiry.users.allSatisfy { user in receivers.contains { $0.id == user } }
  }
}

extension DeliveryStore {
  /// Answers each of the inquiries, all in one round trip.
  func audiences(_ inquiries: [Inquiry]) async throws(PostgresError) -> [Audience] {
    var statements: [SQL] = [
      "SELECT id, country, phone FROM delivery.person WHERE id = ANY(\(inquiries.map(\.sender)))"
    ]
    let users = inquiries.enumerated().flatMap { place, one in one.users.map { (place, one.sender, $0) } }
    let phones = inquiries.enumerated().flatMap { place, one in one.phones.map { (place, one.sender, $0) } }
    if !users.isEmpty {
      statements.append(DeliveryStore.receivers("id", users.map(\.0), users.map(\.1), users.map(\.2)))
    }
    if !phones.isEmpty {
      statements.append(DeliveryStore.receivers("phone", phones.map(\.0), phones.map(\.1), phones.map(\.2)))
    }
    let results = try await database.atomically(statements)
    let people = try DeliveryStore.people(results[0])
    var audiences = inquiries.map { Audience(sender: people[$0.sender]) }
    for row in results.dropFirst().joined() {
      audiences[try row.get(0, as: Int.self)].receivers.append(try DeliveryStore.receiver(row))
    }
    return audiences
  }

  private static func people(_ rows: Rows) throws(PostgresError) -> [UUIDValue: Person] {
    var people: [UUIDValue: Person] = [:]
    people.reserveCapacity(rows.count)
    for row in rows {
      let person = Person(id: try row.get(0), country: try row.get(1), phone: try row.get(2))
      people[person.id] = person
    }
    return people
  }

  /// The members among targets, each seen from its sender, with the place of the inquiry it belongs to.
  private static func receivers<Target: PostgresElement>(
    _ column: StaticString,
    _ places: [Int],
    _ senders: [UUIDValue],
    _ targets: [Target]
  ) -> SQL {
    """
    SELECT asked.place, p.id, p.phone, p.country,
      EXISTS (SELECT FROM delivery.block b WHERE (b.person = p.id AND b.blocked = asked.sender)
        OR (b.person = asked.sender AND b.blocked = p.id)),
      (SELECT c.name FROM delivery.contact c JOIN delivery.person me ON me.id = asked.sender
        WHERE c.owner = p.id AND c.phone = me.phone ORDER BY c.place LIMIT 1)
    FROM unnest(\(places), \(senders), \(targets)) AS asked (place, sender, target)
    JOIN delivery.person p ON p.\(unescaped: "\(column)") = asked.target
    """
  }

  private static func receiver(_ row: Row) throws(PostgresError) -> Receiver {
    Receiver(
      id: try row.get(1),
      phone: try row.get(2),
      country: try row.get(3),
      isBlocked: try row.get(4),
      nameOfSender: try row.get(5)
    )
  }
}
