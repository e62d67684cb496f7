import Loop
import Outgoing
import Postgres
import Queue
import Telemetry
import Time
import Wire

/// Carries out the jobs that are due, many at a time, and sleeps until the next one is.
///
/// Any number of copies may work on one table; where one dies, another takes the job when the lease has ended and sends it
/// under the same id.
@LoopActor
final class JobWorker: QueueWork {
  /// Jobs under way at once, and the most that one look takes.
  static let places = 512
  private static let claimSize = 256

  private let id = UUIDValue.random()
  private let store: DeliveryStore
  private let providers: Providers
  private let clock: WallClock
  private let report: @LoopActor (DeliveryEvent) -> Void
  private let worker: QueueWorker<UUIDValue>
  private lazy var notes = Batcher<SettledJob, Void>(limit: 512, concurrency: 2) { [unowned self] settled in
    try await store.settle(settled, for: id, at: clock.now())
    return settled.map { _ in }
  }

  init(
    _ store: DeliveryStore,
    _ providers: Providers,
    clock: WallClock,
    report: @escaping @LoopActor (DeliveryEvent) -> Void
  ) {
    self.store = store
    self.providers = providers
    self.clock = clock
    self.report = report
    worker = QueueWorker(
      places: JobWorker.places,
      claimSize: JobWorker.claimSize,
      lease: DeliveryStore.lease.length,
      clock: clock
    )
  }

  /// Says that a job was stored that is due soon.
  func wake() { worker.ring() }

  /// Works until the task is cancelled, then waits for the jobs under way.
  func run() async throws { try await worker.run(self) }

  func claim(_ count: Int, at now: Timestamp) async throws(PostgresError) -> [ClaimedJob] {
    try await store.claim(count, for: id, at: now)
  }

  func renew(_ jobs: [UUIDValue]) async throws(PostgresError) -> [UUIDValue] { try await store.renew(jobs, for: id) }

  func outlook(at now: Timestamp) async throws(PostgresError) -> Outlook { try await store.outlook(for: id, at: now) }

  func failed(_ error: PostgresError) { report(.databaseFailed(error)) }

  func carryOut(_ job: ClaimedJob) async -> Bool {
    let settled = await settled(job)
    if await noting({ try await notes.submit(settled) }) { report(.settled(settled)) }
    // What comes again was in nobody's outlook while it was under way.
    return settled.isComingAgain
  }

  private func settled(_ job: ClaimedJob) async -> SettledJob {
    let now = clock.now()
    switch JobRoute(job, at: now, isOn: providers.isOn) {
    case .settle(let verdict): return SettledJob(job: job, verdict: verdict)
    case .send(let targets):
      guard let push = Push(job, at: now) else { return SettledJob(job: job, verdict: .dead(reason: "no content")) }
      let results = await send(push, of: job, to: targets, at: now)
      let verdict = JobVerdict(results, of: job, at: clock.now(), chance: IdentifierSource.fraction())
      return SettledJob(job: job, verdict: verdict, results: results)
    }
  }

  /// Most people have one device; those of others are sent to side by side, so that none waits for a slow service.
  private func send(_ push: Push, of job: ClaimedJob, to targets: [PushTarget], at now: Timestamp) async -> [PushResult]
  {
    guard targets.count > 1 else { return [await send(push, of: job, to: targets[0], at: now)] }
    let tries = targets.map { target in onLoop { await self.send(push, of: job, to: target, at: now) } }
    var results: [PushResult] = []
    for one in tries { results.append(await one.value) }
    return results
  }

  private func send(_ push: Push, of job: ClaimedJob, to target: PushTarget, at now: Timestamp) async -> PushResult {
    // Somebody else may have it by now.
    guard worker.holds(job.id) else { return PushResult(target: target, outcome: .held(.zero)) }
    if let wait = providers.take(target.provider) { return PushResult(target: target, outcome: .held(wait)) }
    if job.attempts == 1 { report(.attempted(late: now - job.due)) }
    return PushResult(target: target, outcome: await providers.push(push, to: target))
  }
}
