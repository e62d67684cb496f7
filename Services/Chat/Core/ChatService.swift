import Bus
public import Daemon
public import Loop
import Outbox
public import Postgres
public import Settings
import Wire

/// `carillon-chat`: puts its parts together.
@LoopActor
public final class ChatService: DaemonService {
  public nonisolated static let name = ServiceName.chat
  public nonisolated static let migrations = ChatSchema.migrations

  public nonisolated static func configure(_ reader: inout EnvironmentReader) -> ChatConfiguration {
    ChatConfiguration(&reader)
  }

  /// Names come quickly or not at all: a reader of the history does not wait for a directory that is away.
  private static let namePatience = 500

  private let handler: ChatHandler
  private let context: DaemonContext
  private let words: WordUpkeep
  private let relay: OutboxRelay

  public init(_ configuration: ChatConfiguration, _ context: DaemonContext) {
    let reporter = ChatReporter(context.log, context.metrics)
    let bus = context.bus
    let auth = context.client(of: .auth)
    let store = ChatStore(context.database)
    let relay = OutboxRelay(
      ChatSchema.outbox,
      on: context.database,
      to: context.client(of: .delivery),
      events: OutboxReporter(context.log, context.metrics).report
    )
    self.context = context
    self.relay = relay
    let people = People(store, clock: context.clock, report: reporter.report) { users throws(Failure) in
      let patience = CallContext(timeout: ChatService.namePatience, isRepeatable: true)
      return try await auth.call(Auth.FetchProfiles(of: users), patience).profiles
    }
    let words = WordUpkeep(store, report: reporter.report)
    self.words = words
    // An event that cannot be written is one that listeners find in the history.
    let box = PostBox(
      store,
      limit: configuration.batchLimit,
      concurrency: configuration.batches,
      announce: { try? bus.publish($0) },
      noticed: { relay.wake() }
    ) { event in
      reporter.report(event)
      if case .stored = event { words.note() }
    }
    handler = ChatHandler(
      configuration,
      store,
      people,
      box,
      clock: context.clock,
      tell: { try? bus.publish($0) },
      report: reporter.report
    )
    handler.register(on: bus)
  }

  public func start() async throws {
    words.start()
    context.work("relay") { [relay] in try await relay.run() }
  }

  public func drain() async { words.end() }
}
