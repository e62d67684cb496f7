import Loop
import Postgres

/// Keeps the search's index in order, so that no message has to wait for that.
///
/// The words of new messages go to a list first. When PostgreSQL finds it full it puts them in their places, and the
/// message that comes just then waits for all of them. So it is told to once a second, beside the messages.
@LoopActor
final class WordUpkeep {
  private static let pace = Duration.seconds(1)

  private let store: ChatStore
  private let report: @LoopActor (ChatEvent) -> Void
  private var isDue = false
  private var isUnderWay = false
  private lazy var timer = Timer { [unowned self] in tidy() }

  init(_ store: ChatStore, report: @escaping @LoopActor (ChatEvent) -> Void) {
    self.store = store
    self.report = report
  }

  func start() { timer.arm(after: WordUpkeep.pace, every: WordUpkeep.pace) }
  func end() { timer.cancel() }

  /// There are new messages.
  func note() { isDue = true }

  private func tidy() {
    guard isDue, !isUnderWay else { return }
    (isDue, isUnderWay) = (false, true)
    onLoop {
      do { try await self.store.tidyWords() } catch {
        if let error = error as? PostgresError { self.report(.databaseFailed(error, requests: 0)) }
      }
      self.isUnderWay = false
    }
  }
}
