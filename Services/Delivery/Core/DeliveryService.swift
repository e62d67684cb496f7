import Bus
public import Daemon
public import Loop
public import Postgres
public import Settings
import Time

/// `carillon-delivery`: messages to the future, and the one daemon that talks to push providers and mail servers.
@LoopActor
public final class DeliveryService: DaemonService {
  public nonisolated static let name = ServiceName.delivery
  public nonisolated static let migrations = DeliverySchema.migrations

  private let context: DaemonContext
  private let reporter: DeliveryReporter
  /// Nil while mail is off.
  private let sender: MailSender?
  private let worker: JobWorker
  private let scheduler: JobScheduler
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
    let clock = context.clock
    let providers = Providers.make(configuration.providers, clock: clock)
    let mail = MailCarrier(store, clock: clock) { id in
      reporter.report(.accepted(id, isOff: sender == nil))
      sender?.wake()
    }
    providers.add(mail, as: .mail, perSecond: 1000, isOn: sender != nil)
    let worker = JobWorker(store, providers, clock: clock, report: reporter.report)
    let scheduler = JobScheduler(store, clock: clock, moved: worker.wake, report: reporter.report)
    let wake: @LoopActor () -> Void = {
      worker.wake()
      scheduler.wake()
    }
    self.context = context
    self.reporter = reporter
    self.sender = sender
    self.worker = worker
    self.scheduler = scheduler
    upkeep = Upkeep(store, clock: clock, report: reporter.report)
    let handlers = DeliveryService.handlers(configuration, store, reporter, clock, wake: wake)
    DeliveryHandler(
      store,
      clock: clock,
      textsGo: providers.isOn(.webhook),
      wake: wake,
      report: reporter.report
    ).register(on: context.bus)
    for register in handlers { register(context.bus) }
    reporter.report(.noProvider(ProviderName.allCases.filter { !providers.isOn($0) }))
  }

  /// What answers the calls about messages, contacts and notices.
  private static func handlers(
    _ configuration: DeliveryConfiguration,
    _ store: DeliveryStore,
    _ reporter: DeliveryReporter,
    _ clock: WallClock,
    wake: @escaping @LoopActor () -> Void
  ) -> [@LoopActor (BusServer) -> Void] {
    let asking = AskingDatabase(report: reporter.report)
    let people = People(store, asking: asking)
    let founders = configuration.founders
    return [
      MessageHandler(store, people, founders: founders, clock: clock, asking: asking, wake: wake).register,
      ContactHandler(store, people, clock: clock, asking: asking, wake: wake).register,
      JobHandler(store, clock: clock, asking: asking, wake: wake).register,
      DeviceHandler(store, clock: clock, asking: asking, web: configuration.providers.web).register,
    ]
  }

  public func start() {
    if let sender {
      context.work("mail") { try await sender.run() }
    } else {
      reporter.report(.mailOff)
    }
    context.database.listen(to: DeliveryStore.jobChannel) { [worker, scheduler] _ in
      worker.wake()
      scheduler.wake()
    }
    context.work("jobs") { [worker] in try await worker.run() }
    context.work("scheduler") { [scheduler] in try await scheduler.run() }
    context.work("upkeep") { [upkeep] in try await upkeep.run() }
  }

  /// Mails and pushes under way are waited for when the work that sends them is stopped.
  public func drain() {}
}
