import Bus
import Loop
import Wire

/// Carries out what the queue decides: keeps this gateway attached to live, sends relays, hands outcomes back.
@LoopActor
final class LiveLine {
  private static let renewal = Duration.seconds(1)
  private static let retryPause = Duration.milliseconds(100)

  /// This process among all gateways there are and ever were.
  let gateway: Int
  private let live: BusClient
  private let seats: @LoopActor () -> [Live.Seat]
  private let settled: @LoopActor (RelayQueue.Settled) -> Void
  private var queue = RelayQueue()
  private var isPumpPlanned = false
  private var isQuiet = true
  private var hasEnded = false
  private var rounds = 0
  private lazy var renewal = Timer { [unowned self] in renew() }

  /// `seats` tells who is connected now; `settled` is told what became of each act, in their order for those of a relay.
  init(
    _ live: BusClient,
    gateway: Int,
    seats: @escaping @LoopActor () -> [Live.Seat],
    settled: @escaping @LoopActor (RelayQueue.Settled) -> Void
  ) {
    self.live = live
    self.gateway = gateway
    self.seats = seats
    self.settled = settled
  }

  /// Follows the feed from now on; whenever something of it may have been missed, attaches anew.
  func start(feed: @escaping @LoopActor (Live.Feed) -> Void) {
    live.subscribe(Live.Feed.self, joined: { self.lost() }, received: feed)
    renewal.arm(after: LiveLine.renewal, every: LiveLine.renewal)
    onLoop { await self.attach() }
  }

  func end() {
    hasEnded = true
    renewal.cancel()
  }

  /// Acts whose outcome is open.
  var openActs: Int { queue.count }

  /// Sends an act at the end of this turn of the loop, with all others of it; answers the ticket of its outcome.
  func tell(_ act: Live.Act) -> Int {
    let ticket = queue.add(act, at: .now)
    planPump()
    return ticket
  }

  private func planPump() {
    guard !isPumpPlanned else { return }
    isPumpPlanned = true
    EventLoop.shared.atTurnEnd {
      LoopActor.assumeIsolated {
        self.isPumpPlanned = false
        self.pump()
      }
    }
  }

  private func pump() {
    // What cannot even be sent goes on waiting, and is refused in time; of what was sent nobody knows until live is back.
    guard live.isReady else { return lost() }
    while let (first, acts) = queue.nextRelay() { send(first, acts) }
  }

  private func send(_ first: Int, _ acts: [Live.Act]) {
    isQuiet = false
    let round = rounds
    onLoop {
      do throws(Failure) {
        let outcomes = try await self.live.call(Live.Relay(of: self.gateway, first: first, acts), CallContext())
        for one in self.queue.answered(first, outcomes.list) { self.settled(one) }
        self.pump()
      } catch {
        // Of what was given up already the failure says nothing.
        if round == self.rounds { self.lost() }
      }
    }
  }

  // MARK: - Away and back

  private func lost() {
    guard queue.state == .attached else { return }
    queue.lost()
    rounds += 1
    onLoop { await self.attach() }
  }

  /// Tries until live has answered.
  private func attach() async {
    while queue.state != .attached, !hasEnded {
      let unanswered = queue.attach()
      do throws(Failure) {
        let call = Live.Attach(gateway, seats(), unanswered: unanswered, next: queue.nextNumber)
        let reply = try await live.call(call, CallContext())
        for one in queue.attached(stored: Set(reply.stored)) { settled(one) }
      } catch {
        for one in queue.expire(at: .now) { settled(one) }
        try? await pause(for: LiveLine.retryPause)
      }
    }
    pump()
  }

  /// A gateway that says nothing for some seconds would count as gone.
  private func renew() {
    for one in queue.expire(at: .now) { settled(one) }
    defer { isQuiet = true }
    if isQuiet, queue.state == .attached { send(0, []) }
  }
}
