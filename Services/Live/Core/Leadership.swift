import Loop
import Postgres

/// Which of all copies counts: one leads, and the others stand by.
///
/// It is one because limits, milestones and the order of what everybody is shown are of the whole counter; what is many
/// already is the gateways, which hold the sockets. Who leads has the lock and the newest term. A leader that lost its
/// connection may go on, since the database refuses what it stores once another one's term has begun; it is deposed when
/// it learns of that.
@LoopActor
final class Leadership {
  private static let retryPause = Duration.milliseconds(100)

  private let store: LiveStore
  private let won: @LoopActor (Int) async -> Void
  private let deposed: @LoopActor () -> Void
  private var lock: StandingLock?
  private var isAsking = false
  private(set) var term: Int?

  /// `won` is called once with the term, `deposed` once at most, after it.
  init(
    _ store: LiveStore,
    won: @escaping @LoopActor (Int) async -> Void,
    deposed: @escaping @LoopActor () -> Void
  ) {
    self.store = store
    self.won = won
    self.deposed = deposed
  }

  /// Asks for the lead from now on.
  func start() {
    lock = store.database.standingLock("live") { [unowned self] state in
      switch state {
      case .held: onLoop { await self.lockTaken() }
      case .elsewhere: if self.term != nil { self.deposed() }
      case .unknown: break
      }
    }
  }

  /// At first a new term begins; later the old one goes on, unless somebody else has led meanwhile.
  private func lockTaken() async {
    guard !isAsking else { return }
    isAsking = true
    defer { isAsking = false }
    while lock?.state == .held {
      do throws(PostgresError) {
        if let term { return try await store.term() == term ? () : deposed() }
        let begun = try await store.beginTerm()
        term = begun
        return await won(begun)
      } catch {
        try? await pause(for: Leadership.retryPause)
      }
    }
  }
}
