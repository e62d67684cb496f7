import JSON
import Loop
import Wire

/// The calls of one way to a service that wait for their answer; one that comes too late is told `unavailable`.
///
/// Looks for late calls every 25 ms while there are any; an idle way costs no wake-up.
@LoopActor
final class PendingCalls {
  /// Unchecked for its cost: the table of calls gives each one out once.
  typealias Waiter = UnsafeContinuation<Result<RawJSON, Failure>, Never>

  private static let interval = Duration.milliseconds(25)

  private var table = CallTable<Waiter>(limit: 10_000)
  private var isLookPlanned = false
  private lazy var timer = Timer { [unowned self] in look() }
  /// Called after each look for late calls, whether any are left or not.
  var looked: @LoopActor () -> Void = {}

  var isEmpty: Bool { table.isEmpty }
  var isFull: Bool { table.isFull }
  func contains(_ id: Int) -> Bool { table.contains(id) }

  /// The calls that have waited since before a moment.
  func ids(before moment: ContinuousClock.Instant) -> [Int] { table.ids(before: moment) }

  /// Gives the number under which the answer will come; milliseconds are the most that it may take.
  func add(_ waiter: Waiter, timeout milliseconds: Int) -> Int {
    let now = ContinuousClock.now
    planLook()
    return table.add(waiter, at: now, deadline: now + .milliseconds(milliseconds))
  }

  /// Ends a call; nothing happens when it has ended before.
  func end(_ id: Int, _ result: Result<RawJSON, Failure>) { table.take(id)?.resume(returning: result) }

  /// Ends all calls: nobody will answer them any more.
  func endAll(_ failure: Failure) {
    for waiter in table.takeAll() { waiter.resume(returning: .failure(failure)) }
  }

  /// No late call is looked for from now on.
  func close() { timer.cancel() }

  private func planLook() {
    guard !isLookPlanned else { return }
    isLookPlanned = true
    timer.arm(after: PendingCalls.interval)
  }

  private func look() {
    isLookPlanned = false
    for waiter in table.takeExpired(at: .now) { waiter.resume(returning: .failure(.unavailable)) }
    looked()
    if !table.isEmpty { planLook() }
  }
}
