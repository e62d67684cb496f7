import JSON
import Kit
import Loop
import Postgres
import Time
import Wire

@testable import DeliveryCore

/// Messages to the future on a database of their own, with a clock that a test moves.
@LoopActor
final class MessageBench {
  let bench: DeliveryBench
  let messages: MessageHandler
  let contacts: ContactHandler
  let jobs: JobHandler
  private var revision = 0

  var clock: ManualClock { bench.clock }
  var now: Timestamp { clock.now }

  static func with(connections: Int = 1, _ body: @LoopActor (MessageBench) async throws -> Void) async throws {
    try await DeliveryBench.with(connections: connections) { try await body(MessageBench($0)) }
  }

  private init(_ bench: DeliveryBench) {
    self.bench = bench
    let asking = AskingDatabase { _ in }
    let people = People(bench.store, asking: asking)
    let clock = bench.clock.wall
    messages = MessageHandler(
      bench.store,
      people,
      founders: [MessageBench.founder],
      clock: clock,
      asking: asking,
      wake: { bench.wake() }
    )
    contacts = ContactHandler(bench.store, people, clock: clock, asking: asking, wake: { bench.wake() })
    jobs = JobHandler(bench.store, clock: clock, asking: asking, wake: { bench.wake() })
  }

  nonisolated static let founder = UUIDValue("00000000-0000-4000-8000-000000000001")!

  // MARK: - Acting

  /// Somebody whom auth has told of.
  struct Person: Sendable {
    let id: UUIDValue
    var context: CallContext { CallContext(user: UserID(id.description)) }
    var target: String { "id\(id)" }
  }

  func person(
    _ phone: String? = nil,
    country: String = "us",
    id: UUIDValue = .random(),
    devices: [Delivery.Device] = [],
    timezone: String? = nil
  ) async throws -> Person {
    let person = Person(id: id)
    try await note(person, phone: phone, country: country, devices: devices, timezone: timezone)
    return person
  }

  func note(
    _ person: Person,
    phone: String?,
    country: String = "us",
    devices: [Delivery.Device] = [],
    timezone: String? = nil
  ) async throws {
    revision += 1
    let snapshot = Delivery.NotePerson(
      user: UserID(person.id.description),
      revision: revision,
      email: "\(person.id)@x.org",
      name: "Somebody",
      country: country,
      phone: phone,
      devices: devices,
      timezone: timezone
    )
    _ = try await bench.handler.notePerson(snapshot, CallContext(key: "\(revision)"))
  }

  func send(
    _ text: String,
    by sender: Person,
    to targets: [String],
    _ option: String = #"{"type":"now"}"#,
    photo: String = "",
    key: String? = nil
  ) async throws(Failure) {
    let fields = RawJSON.object { writer in
      writer.member("message", text)
      writer.member("receiver_ids", "[" + targets.map { "\"\($0)\"" }.joined(separator: ",") + "]")
      writer.member("delivery_option", option)
      writer.member("photo_id", photo)
    }
    var context = sender.context
    context.key = key
    _ = try await messages.send(Delivery.SendMessage(Submission(fields)), context)
  }

  struct Batch {
    let cursor: Double
    let items: [JSONObject]
    var texts: [String] { items.compactMap { $0["message"]?.string } }
  }

  func receive(_ person: Person, after cursor: Double) async throws -> Batch {
    let fields = RawJSON.object { $0.member("ts", "\(cursor)") }
    let answer = try await messages.receive(Delivery.Receive(Submission(fields)), person.context).value().object
    let items = answer?["new_messages"]?.array?.compactMap(\.object) ?? []
    return Batch(cursor: answer?["ts"]?.number?.double ?? -1, items: items)
  }

  func notify(
    _ person: Person,
    key: String,
    _ change: (inout Delivery.Notify) -> Void = { _ in }
  ) async throws(Failure) {
    var call = Delivery.Notify(to: UserID(person.id.description), title: "Title", body: "Body \(key)")
    change(&call)
    _ = try await jobs.notify(call, CallContext(key: key))
  }

  func resend(_ id: String, by person: Person) async throws(Failure) {
    let fields = RawJSON.object { $0.member("message_id", id) }
    _ = try await messages.resend(Delivery.Resend(Submission(fields)), person.context)
  }

  func block(_ other: Person, by person: Person) async throws(Failure) {
    let fields = RawJSON.object { $0.member("contacts_to_block", "[\"\(other.id)\"]") }
    _ = try await messages.block(Delivery.BlockContacts(Submission(fields)), person.context)
  }

  func unblock(_ other: Person, by person: Person) async throws(Failure) {
    let fields = RawJSON.object { $0.member("contacts_to_unblock", "[\"id\(other.id)\"]") }
    _ = try await messages.unblock(Delivery.UnblockContacts(Submission(fields)), person.context)
  }

  func future(_ person: Person) async throws -> Int { try await messages.countFuture(person.context).count }
  func status(_ person: Person) async throws -> String { try await messages.status(person.context).status }

  func upload(_ book: String, by person: Person) async throws(Failure) {
    let fields = RawJSON.object { $0.member("address_book", book) }
    _ = try await contacts.upload(Delivery.UploadBook(Submission(fields)), person.context)
  }
}
