public import Loop
import Postgres
public import Time

/// Works off a queue: claims what is ready, carries out many rows at a time, keeps their leases, and sleeps until the next is
/// ready or somebody rings.
///
/// Any number of copies may work on one table: where one dies, another takes what it had when the leases have ended. Who
/// was only slow asks `holds` before each step that must not be taken twice.
@LoopActor
public final class QueueWorker<Key: Hashable & Sendable> {
  private let places: Int
  private let claimSize: Int
  private let isAwaited: Bool
  private let clock: WallClock
  private let alarm: Alarm
  private var leases: Leases<Key>
  private var underway: [Key: Task<Void, Never>] = [:]
  /// What to do for rows that were claimed again while in hand.
  private var again: [Key: @LoopActor () async -> Bool] = [:]
  /// Until when rows may be leased to this worker that it does not have in hand.
  private var doubtsEnd = ContinuousClock.now
  private var isLookingSoon = false
  private var isStopped = false
  /// Whether the last look found no room.
  private var isFull = false

  /// - Parameters:
  ///   - places: rows under way at once.
  ///   - claimSize: the most that one look takes.
  ///   - lease: how long a row stays with a worker that is not heard of; the same as in the queue's statements.
  ///   - isAwaited: whether `run` waits at its end for what is under way.
  public init(places: Int, claimSize: Int = .max, lease: Duration, isAwaited: Bool = true, clock: WallClock) {
    self.places = places
    self.claimSize = claimSize
    self.isAwaited = isAwaited
    self.clock = clock
    alarm = Alarm(clock)
    leases = Leases(length: lease)
  }

  /// Says that there may be something to claim now.
  public func ring() { alarm.ring() }

  /// Claims nothing from now on; `run` goes on for what is under way.
  public func stop() { isStopped = true }

  /// What is in hand.
  public var held: [Key] { leases.held }

  /// Whether nobody else can have the row now.
  public func holds(_ key: Key) -> Bool { leases.holds(key, at: .now) }

  /// Works until the task is cancelled.
  public func run(_ work: some QueueWork<Key>) async throws {
    let renewing = onLoop { await self.renew(work) }
    defer { renewing.cancel() }
    do {
      try await alarm.rounds { await self.look(work) }
    } catch {
      if isAwaited { for task in Array(underway.values) { await task.value } }
      throw error
    }
  }

  /// Claims as many as there is room for, and answers when to look again. With every place taken it needs no time of its
  /// own: rows that end ring. While more is ready than it can take, it asks for nothing but that.
  private func look(_ work: some QueueWork<Key>) async -> Timestamp {
    let now = clock.now()
    let room = min(places - underway.count, claimSize)
    isFull = room <= 0
    guard !isFull, !isStopped else { return now + LookRule.longest }
    do throws(PostgresError) {
      let asked = ContinuousClock.now
      let claims = try await work.claim(room, at: now)
      for claim in claims { take(claim, at: asked, work) }
      guard claims.count < room else {
        ring()
        return now
      }
      let outlook = try await work.outlook(at: now)
      if outlook.othersHold { lookSoon() }
      let next = LookRule().next(due: outlook.due, at: now)
      return .now < doubtsEnd ? min(next, now + leases.length / 2) : next
    } catch {
      failed(error, work)
      return now + LookRule.afterFailure
    }
  }

  /// A statement whose answer was lost may have claimed rows, which are free again when their lease is over.
  private func failed(_ error: PostgresError, _ work: some QueueWork<Key>) {
    doubtsEnd = .now + leases.length * 2
    work.failed(error)
  }

  /// Begins what is not in hand. What is was noted, free, and ready anew before its end was known here; that comes after.
  private func take<Work: QueueWork<Key>>(_ claim: Work.Claim, at asked: ContinuousClock.Instant, _ work: Work) {
    guard leases.claimed(claim.id, at: asked) else { return again[claim.id] = { await work.carryOut(claim) } }
    begin(claim, work)
  }

  private func begin<Work: QueueWork<Key>>(_ claim: Work.Claim, _ work: Work) {
    let key = claim.id
    underway[key] = onLoop { [self] in
      var isMore = await work.carryOut(claim)
      while let next = again.removeValue(forKey: key) {
        if await isLeased(key, work) { isMore = await next() }
      }
      underway[key] = nil
      leases.ended(key)
      // With a place free again there is a reason to look only for who had none.
      if isFull || isMore { ring() }
    }
  }

  /// Whether a row that was claimed again is still this worker's, and not what it has just noted the end of.
  private func isLeased(_ key: Key, _ work: some QueueWork<Key>) async -> Bool {
    let asked = ContinuousClock.now
    do throws(PostgresError) {
      let kept = try await work.renew([key])
      leases.renewed(kept, of: [key], at: asked)
      return !kept.isEmpty
    } catch {
      failed(error, work)
      return false
    }
  }

  /// Looks again after a short while, for what another worker may have left.
  private func lookSoon() {
    guard !isLookingSoon else { return }
    isLookingSoon = true
    onLoop { [self] in
      try? await pause(for: LookRule.leasedByOthers)
      isLookingSoon = false
      ring()
    }
  }

  /// Keeps the leases of what lasts.
  private func renew(_ work: some QueueWork<Key>) async {
    while (try? await pause(for: leases.renewal)) != nil {
      let asked = ContinuousClock.now
      let lasting = leases.lasting(at: asked)
      guard !lasting.isEmpty else { continue }
      do throws(PostgresError) {
        leases.renewed(try await work.renew(lasting), of: lasting, at: asked)
      } catch {
        work.failed(error)
      }
    }
  }
}
