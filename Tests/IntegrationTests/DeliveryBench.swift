import Kit
import Loop
import Outgoing
import Postgres
import Time
import Wire

@testable import DeliveryCore

/// Delivery's inside on a database of its own, with a clock that a test moves.
@LoopActor
final class DeliveryBench {
  let database: Database
  let store: DeliveryStore
  let clock = ManualClock()
  private(set) var handler: DeliveryHandler!
  /// What became of each try, in the order in which it was noted.
  private(set) var verdicts: [MailVerdict] = []
  private let changed = Change()
  private var workers: [Task<Void, Never>] = []
  private var wakes: [@LoopActor () -> Void] = []
  /// Jobs that are done with, in the order in which that was noted.
  private(set) var settled: [SettledJob] = []
  private var senders: [(sender: MailSender, running: Task<Void, Never>)] = []

  private static let template = ScratchDatabase.Template("delivery") { url in
    try await Migrator.run(DeliverySchema.migrations, schema: "delivery", on: url)
  }

  /// With one connection, statements run in the order in which they are given.
  static func with(connections: Int = 1, _ body: @LoopActor (DeliveryBench) async throws -> Void) async throws {
    try await ScratchDatabase.open(
      template,
      configure: { settings in
        settings.connections = connections
        settings.waitLimit = .seconds(30)
      }
    ) { database in
      let bench = DeliveryBench(database)
      let result: Result<Void, any Error>
      do { result = .success(try await body(bench)) } catch { result = .failure(error) }
      await bench.stop()
      try result.get()
    }
  }

  private init(_ database: Database) {
    self.database = database
    store = DeliveryStore(database: database)
    handler = DeliveryHandler(
      store,
      clock: clock.wall,
      wake: { [unowned self] in wake() },
      report: { _ in }
    )
  }

  func wake() { for wake in wakes { wake() } }

  /// What keeps notices as mails, and tells the senders that run.
  private var carrier: MailCarrier {
    MailCarrier(store, clock: clock.wall) { [unowned self] _ in for (sender, _) in senders { sender.wake() } }
  }

  // MARK: - Acting

  /// Starts a copy of the sender, which works until the test ends.
  func send(via server: LoopbackServer) {
    let relay = MailRelay(url: "smtp://127.0.0.1:\(server.port)")
    let route = MailRoute(relay: relay, from: MailAddress("no-reply@carillon.example")!)
    let sender = MailSender(store, route, clock: clock.wall) { [unowned self] event in
      if case .tried(_, let verdict, _, _, _) = event { verdicts.append(verdict) }
      changed.announce()
    }
    senders.append((sender, onLoop { _ = try? await sender.run() }))
  }

  /// Starts a worker of the push queue with the providers, which works until the test ends or its task is cancelled.
  @discardableResult
  func work(_ providers: [ProviderName: any PushProvider], perSecond: Double = 100_000) -> Task<Void, Never> {
    let all = Providers()
    for (name, provider) in providers { all.add(provider, as: name, perSecond: perSecond) }
    if providers[.mail] == nil { all.add(carrier, as: .mail, perSecond: perSecond, isOn: !senders.isEmpty) }
    let worker = JobWorker(store, all, clock: clock.wall) { [unowned self] event in
      if case .settled(let one) = event { settled.append(one) }
      changed.announce()
    }
    let scheduler = JobScheduler(store, clock: clock.wall, moved: worker.wake, report: { _ in })
    wakes += [worker.wake, scheduler.wake]
    let task = onLoop { _ = try? await worker.run() }
    workers += [task, onLoop { _ = try? await scheduler.run() }]
    return task
  }

  func settled(_ count: Int) async throws {
    _ = try await changed.until("\(count) settled", within: .seconds(30), seen: { "\(self.settled.map(\.verdict))" }) {
      settled.count >= count ? true : nil
    }
  }

  /// Ends all copies of the sender, and returns when the mails under way have ended too.
  func stop() async {
    for (_, running) in senders { running.cancel() }
    for worker in workers { worker.cancel() }
    for worker in workers { await worker.value }
    workers = []
    for (_, running) in senders { await running.value }
    senders = []
  }

  func hand(
    _ key: String,
    to recipient: String = "ann@x.org",
    expires: Timestamp? = nil
  ) async throws(PostgresError) {
    let mail = MailDraft(recipient: recipient, subject: "Hello \(key)", text: "A secret code\n", expires: expires)
    if try await store.accept(mail, key: key, at: clock.now) != nil { for (sender, _) in senders { sender.wake() } }
  }

  func tries(_ count: Int) async throws {
    _ = try await changed.until("\(count) tries", within: .seconds(30), seen: { "\(self.verdicts)" }) {
      verdicts.count >= count ? true : nil
    }
  }

  // MARK: - Looking

  struct Stored: Equatable {
    var state: String
    var attempts: Int
    var reason: String?
    /// Whether anything of a person's is left.
    var hasContent: Bool
  }

  func mail(_ key: String) async throws -> Stored? {
    let rows = try await database.query(
      """
      SELECT state, attempts, reason, num_nonnulls(recipient, subject, text) > 0 FROM delivery.mail WHERE key = \(key)
      """
    )
    return try rows.first.map { row throws(PostgresError) in
      Stored(state: try row.get(0), attempts: try row.get(1), reason: try row.get(2), hasContent: try row.get(3))
    }
  }

  /// The keys and bodies of what waits for a sender to come.
  func pending(_ kind: PendingCall.Kind) async throws -> [String: String] {
    var bodies: [String: String] = [:]
    for row in try await database.query("SELECT key, body FROM delivery.pending WHERE kind = \(kind.rawValue)") {
      bodies[try row.get(0)] = String(decoding: try row.get(1, as: Bytea.self).bytes, as: UTF8.self)
    }
    return bodies
  }
}

extension LoopbackServer {
  /// The Message-IDs of all mails that were shown to this server, whatever it said to them.
  var messageIDs: [String] {
    inputs.flatMap { $0.split(separator: "\r\n").filter { $0.hasPrefix("Message-ID: ") } }.map(String.init)
  }
}
