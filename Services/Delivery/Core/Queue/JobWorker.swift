import Loop
import Outgoing
import Postgres
import Telemetry
import Time
import Wire

/// Carries out the jobs that are due, many at a time, and sleeps until the next one is.
///
/// Any number of copies may work on one table: a claimed job is leased, and the lease renewed while the job is under way;
/// where a worker dies, another takes the job when the lease has ended and sends it under the same id.
@LoopActor
final class JobWorker {
  /// Jobs under way at once, and the most that one look takes.
  static let places = 512
  static let claimSize = 256
  /// How often leases of five seconds are renewed.
  private static let renewal = Duration.seconds(2)

  let id = UUIDValue.random()
  private let store: DeliveryStore
  private let providers: Providers
  private let clock: WallClock
  private let report: @LoopActor (DeliveryEvent) -> Void
  private let rounds: Rounds
  private var isLookingSoon = false
  /// Whether the last look found no room.
  private var isFull = false
  /// What this worker has, and renews the leases of.
  private var held: Set<UUIDValue> = []
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
    rounds = Rounds(clock)
  }

  /// Says that a job was stored that is due soon.
  func wake() { rounds.ring() }

  /// Works until the task is cancelled, then waits for the jobs under way.
  func run() async throws {
    let renewing = onLoop { await self.renew() }
    defer { renewing.cancel() }
    try await rounds.run(look)
  }

  /// Claims as many as there is room for, and answers when to look again. With every place taken it needs no time of its
  /// own: jobs that end ring. While more is ready than it can take, it asks for nothing but that.
  private func look() async -> Timestamp {
    let now = clock.now()
    let room = min(JobWorker.places - held.count, JobWorker.claimSize)
    isFull = room <= 0
    guard !isFull else { return now + JobLook.longest }
    do {
      let claims = try await store.claim(room, for: id, at: now)
      for claim in claims { begin(claim) }
      guard claims.count < room else {
        rounds.ring()
        return now
      }
      let outlook = try await store.outlook(for: id, at: now)
      if outlook.othersHold { lookSoon() }
      return JobLook.next(due: outlook.due, at: now)
    } catch {
      report(.databaseFailed(error))
      return now + LookRule.afterFailure
    }
  }

  /// Looks again after a short while, for what another worker may have left.
  private func lookSoon() {
    guard !isLookingSoon else { return }
    isLookingSoon = true
    onLoop { [self] in
      try? await pause(for: JobLook.leasedByOthers)
      isLookingSoon = false
      rounds.ring()
    }
  }

  private func begin(_ job: ClaimedJob) {
    held.insert(job.id)
    rounds.begin { [self] in
      let settled = await carryOut(job)
      await note(settled)
      held.remove(job.id)
      // What comes again was in nobody's outlook while it was under way.
      return isFull || settled.isComingAgain
    }
  }

  private func carryOut(_ job: ClaimedJob) async -> SettledJob {
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
    if let wait = providers.take(target.provider) { return PushResult(target: target, outcome: .held(wait)) }
    if job.attempts == 1 { report(.attempted(late: now - job.due)) }
    return PushResult(target: target, outcome: await providers.push(push, to: target))
  }

  /// Tries again while the database is away: what is not noted goes out twice.
  private func note(_ settled: SettledJob) async {
    for _ in 0..<60 {
      do {
        try await notes.submit(settled)
        return report(.settled(settled))
      } catch {
        if let error = error as? PostgresError { report(.databaseFailed(error)) }
      }
      guard (try? await pause(for: LookRule.afterFailure)) != nil else { return }
    }
  }

  /// Keeps the leases of what is under way.
  private func renew() async {
    while (try? await pause(for: JobWorker.renewal)) != nil {
      guard !held.isEmpty else { continue }
      do { try await store.renew(Array(held), for: id) } catch { report(.databaseFailed(error)) }
    }
  }
}
