import Loop
import Postgres
import Time
import Wire

/// Carries acts out in rounds: those that wait are judged in their order, what counts is stored in one transaction, then
/// everybody is told and the gateways are answered.
///
/// One round at a time, so the feed has one order, which is that of the acts, and nothing in it can be lost by a crash.
/// Acts that come during a round gather for the next; nobody waits for company.
@LoopActor
final class Rounds {
  typealias Answer = Result<[Live.Outcome], Failure>

  private enum Work {
    case relay(Live.Relay)
    case attach(Live.Attach)
    case announce(Live.Item)
    /// Looks at the time.
    case look
  }

  private struct Errand {
    let work: Work
    let answer: @LoopActor (Answer) -> Void
  }

  private let store: LiveStore
  private let days: DayClock
  private let clock: WallClock
  private let limit: Int
  private let publish: @LoopActor (Live.Feed) -> Void
  private let report: @LoopActor (LiveEvent) -> Void
  private let deposed: @LoopActor () -> Void
  private(set) var board: Board
  private var waiting = Errands()
  private var isRunning = false
  /// The counters may not be what the database has: a write failed, or there was nobody to ask.
  private var isDoubtful = true
  /// The term of office in which this copy counts; without one nobody asks.
  var term: Int?
  private lazy var timer = Timer { [unowned self] in timerFired() }
  private var isTimerArmed = false

  init(
    _ configuration: LiveConfiguration,
    _ store: LiveStore,
    _ days: DayClock,
    clock: WallClock,
    publish: @escaping @LoopActor (Live.Feed) -> Void,
    report: @escaping @LoopActor (LiveEvent) -> Void,
    deposed: @escaping @LoopActor () -> Void = {}
  ) {
    self.store = store
    self.days = days
    self.clock = clock
    self.publish = publish
    self.report = report
    self.deposed = deposed
    limit = configuration.roundLimit
    board = Board(configuration.rules)
  }

  // MARK: - What comes in

  /// Waits for the round that takes the acts in. Throws `not_found` when the gateway must attach first.
  func relay(_ call: Live.Relay) async throws(Failure) -> Live.Outcomes {
    Live.Outcomes(try await carryOut(.relay(call)))
  }

  /// When it returns, everything this gateway relayed before has been decided.
  func attach(_ call: Live.Attach) async throws(Failure) { _ = try await carryOut(.attach(call)) }

  func announce(_ item: Live.Item) async throws(Failure) { _ = try await carryOut(.announce(item)) }

  /// Returns when the counters are of the present hour, or could not be read.
  func look() async { _ = try? await carryOut(.look) }

  func changeClaims(_ change: (inout Claims) -> Void) { change(&board.claims) }

  private func carryOut(_ work: Work) async throws(Failure) -> [Live.Outcome] {
    let answer: Answer = await withCheckedContinuation { continuation in
      waiting.append(Errand(work: work) { continuation.resume(returning: $0) })
      guard !isRunning else { return }
      isRunning = true
      onLoop { await self.run() }
    }
    return try answer.get()
  }

  private func run() async {
    while !waiting.isEmpty { await round() }
    isRunning = false
    armTimer()
  }

  // MARK: - A round

  private func round() async {
    // The moment of the round, not of the arrival: what is counted, shown and stored has one time, in one order.
    let moment = Moment(wall: clock.now(), steady: .now)
    var effects = await keepTime(moment)
    let errands = waiting.take(acts: limit)
    var answers: [(errand: Errand, range: Result<Range<Int>, Failure>)] = []
    for errand in errands {
      let start = effects.count
      do throws(Failure) {
        try decide(errand.work, at: moment, &effects)
        answers.append((errand, .success(start..<effects.count)))
      } catch {
        answers.append((errand, .failure(error)))
      }
    }
    effects.append(lapse(at: moment))
    let isLeader = await settle(&effects, at: moment)
    for (errand, range) in answers {
      // Who has been replaced does not know what counts: the gateways ask the one that does.
      errand.answer(isLeader ? range.map { effects[$0].map(\.outcome) } : .failure(.unavailable))
    }
  }

  private func decide(_ work: Work, at moment: Moment, _ effects: inout [Effect]) throws(Failure) {
    switch work {
    case .relay(let relay):
      let acts = relay.first..<(relay.first + relay.acts.count)
      guard board.presence.hear(relay.gateway, acts: acts, at: moment.steady) else {
        throw Failure(.notFound, reason: "gateway")
      }
      for (place, act) in relay.acts.enumerated() {
        effects.append(board.take(act, of: relay.gateway, number: relay.first + place, at: moment))
      }
    case .attach(let call):
      effects.append(board.attach(call.gateway, call.seats, next: call.next, at: moment))
      report(.attached(seats: call.seats.count))
    case .announce(let item): effects.append(Effect(notices: [.item(item)]))
    case .look: break
    }
  }

  private func lapse(at moment: Moment) -> Effect {
    let before = board.presence.count
    let effect = board.lapse(at: moment)
    if board.presence.count < before { report(.expired(seats: before - board.presence.count)) }
    return effect
  }

  private enum Storing { case done, failed, refused }

  /// Stores what counts, then lets everybody know; false, and nothing done, when another copy leads by now.
  private func settle(_ effects: inout [Effect], at moment: Moment) async -> Bool {
    var writes = Writes(at: moment.wall)
    for case let deed? in effects.lazy.map(\.deed) { writes.add(deed) }
    let storing = writes.isEmpty ? .done : await store(writes)
    guard storing != .refused else { return false }
    let isStored = storing == .done
    var items: [Live.Item] = []
    for index in effects.indices {
      items += board.settle(&effects[index], stored: isStored)
      if case .refused(let refusal) = effects[index].outcome { report(.refused(refusal)) }
    }
    if !items.isEmpty { publish(Live.Feed(items)) }
    report(.round(acts: effects.count, stored: isStored ? writes.count : 0))
    return true
  }

  private func store(_ writes: Writes) async -> Storing {
    do throws(PostgresError) {
      try await store.store(writes, in: term)
      return .done
    } catch {
      if error.isOfAnEarlierTerm {
        deposed()
        return .refused
      }
      report(.databaseFailed(error, requests: writes.count))
      isDoubtful = true
      return .failed
    }
  }

  // MARK: - Time

  /// Brings the counters to the hour of the moment, and tells everybody when that was a change.
  private func keepTime(_ moment: Moment) async -> [Effect] {
    let isOver = board.counters.isOver(at: moment.wall)
    guard isOver || isDoubtful else { return [] }
    do {
      let day = try await days.day(of: moment.wall)
      board.counters = try await store.counters(at: moment.wall, day)
      isDoubtful = false
    } catch {
      report(.databaseFailed(error, requests: 0))
      guard isOver else { return [] }
      isDoubtful = true
      board.counters.turn(to: moment.wall.hourStart, board.counters.day)
    }
    report(.hourChanged)
    return [Effect(notices: [.stats(.everybody)])]
  }

  private func armTimer() {
    let now = Instant.now
    guard !isTimerArmed, let next = board.nextLapse(after: now) else { return }
    isTimerArmed = true
    timer.arm(after: max(.milliseconds(1), next - now))
  }

  private func timerFired() {
    isTimerArmed = false
    onLoop { await self.look() }
  }

  func end() { timer.cancel() }

  /// Errands in their order, taken by the number of their acts.
  private struct Errands {
    private var list: [Errand] = []
    var isEmpty: Bool { list.isEmpty }

    mutating func append(_ errand: Errand) { list.append(errand) }

    mutating func take(acts limit: Int) -> [Errand] {
      var (acts, count) = (0, 0)
      while count < list.count, acts < limit {
        if case .relay(let relay) = list[count].work { acts += relay.acts.count }
        count += 1
      }
      let taken = Array(list.prefix(count))
      list.removeFirst(count)
      return taken
    }
  }
}
