import Postgres
import Time
import Wire

extension DeliveryStore {
  /// Stores a device, or moves it here from wherever it was, and answers its id.
  func add(_ form: DeviceForm, of person: UUIDValue, session: SessionID?, at now: Timestamp) async throws(PostgresError)
    -> UUIDValue
  {
    var web: WebSubscription?
    if case .browser(let subscription) = form.target { web = subscription }
    let results = try await database.atomically([
      """
      INSERT INTO delivery.added_device (id, person, kind, app, address, p256dh, auth, name, session, added)
      VALUES (\(UUIDValue.ordered()), \(person), \(form.kind.rawValue), \(form.app?.rawValue),
        \(form.target.address ?? ""), \(web.map { Bytea($0.p256dh) }), \(web.map { Bytea($0.auth) }), \(form.name),
        \(session?.text), \(now))
      ON CONFLICT ON CONSTRAINT added_device_once DO UPDATE SET person = excluded.person, kind = excluded.kind,
        app = excluded.app, p256dh = excluded.p256dh, auth = excluded.auth, name = excluded.name,
        session = excluded.session, added = excluded.added
      RETURNING id
      """,
      """
      DELETE FROM delivery.added_device WHERE id IN (
        SELECT id FROM delivery.added_device WHERE person = \(person) ORDER BY added DESC, id DESC
        OFFSET \(DeviceHandler.most))
      """,
    ])
    return try results[0][0].get(0)
  }

  func devices(of person: UUIDValue) async throws(PostgresError) -> [Delivery.AddedDevice] {
    try await database.query(
      """
      SELECT id, kind, app, name, added FROM delivery.added_device WHERE person = \(person) ORDER BY added DESC, id DESC
      """
    ).map { row throws(PostgresError) in
      Delivery.AddedDevice(
        id: try row.get(0, as: UUIDValue.self).description,
        kind: Delivery.DeviceKind(rawValue: try row.get(1)) ?? .web,
        app: try row.get(2),
        name: try row.get(3),
        added: try row.get(4, as: Timestamp.self).seconds
      )
    }
  }

  /// False when the person has none of that id.
  func removeDevice(_ id: UUIDValue, of person: UUIDValue) async throws(PostgresError) -> Bool {
    try await database.query("DELETE FROM delivery.added_device WHERE id = \(id) AND person = \(person)").affected == 1
  }

  func end(_ call: Delivery.EndDevices, of person: UUIDValue) async throws(PostgresError) {
    try await database.query(
      """
      DELETE FROM delivery.added_device WHERE person = \(person) AND (\(call.sessions == nil)
        OR session = ANY(\(call.sessions?.map(\.text) ?? [])) OR starts_with(session, \(call.prefix)))
      """
    )
  }
}
