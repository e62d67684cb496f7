public import Daemon
public import Loop
public import Postgres
public import Settings

/// `carillon-delivery`: the one daemon that talks to mail servers, and later to those of pushes and text messages.
///
/// So far only mail leaves it. Text messages, pushes and persons are accepted and kept until their senders exist.
@LoopActor
public final class DeliveryService: DaemonService {
  public nonisolated static let name = ServiceName.delivery
  public nonisolated static let migrations = DeliverySchema.migrations

  private let context: DaemonContext
  private let reporter: DeliveryReporter
  /// Nil while mail is off.
  private let sender: MailSender?
  private let handler: DeliveryHandler
  private let upkeep: Upkeep

  public nonisolated static func configure(_ reader: inout EnvironmentReader) -> DeliveryConfiguration {
    DeliveryConfiguration(&reader)
  }

  public init(_ configuration: DeliveryConfiguration, _ context: DaemonContext) {
    let reporter = DeliveryReporter(log: context.log, metrics: context.metrics)
    let store = DeliveryStore(database: context.database)
    let sender = configuration.mail.map {
      MailSender(store, $0, clock: context.clock, report: reporter.report)
    }
    self.context = context
    self.reporter = reporter
    self.sender = sender
    handler = DeliveryHandler(
      store,
      clock: context.clock,
      accepted: { id in
        reporter.report(.accepted(id, isOff: sender == nil))
        sender?.wake()
      },
      report: reporter.report
    )
    upkeep = Upkeep(store, clock: context.clock, report: reporter.report)
    handler.register(on: context.bus)
    let asking = AskingDatabase(report: reporter.report)
    let people = People(store, asking: asking)
    MessageHandler(store, people, founders: configuration.founders, clock: context.clock, asking: asking)
      .register(on: context.bus)
    ContactHandler(store, people, clock: context.clock, asking: asking).register(on: context.bus)
  }

  public func start() {
    reporter.report(.noProvider(PendingCall.Kind.allCases))
    if let sender {
      context.work("mail") { try await sender.run() }
    } else {
      reporter.report(.mailOff)
    }
    context.work("upkeep") { [upkeep] in try await upkeep.run() }
  }

  /// Mails under way are waited for when the work that sends them is stopped.
  public func drain() {}
}
