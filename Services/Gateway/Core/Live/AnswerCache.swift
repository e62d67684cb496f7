import Loop
import Wire

/// Answers that are the same for everybody, kept for a moment: however many ask for a long list, it is made once.
@LoopActor
final class AnswerCache {
  private static let capacity = 64

  private let lifetime: Duration
  private var kept: [String: (page: Live.Page, until: ContinuousClock.Instant)] = [:]
  private var asking: [String: Task<Result<Live.Page, Failure>, Never>] = [:]

  /// A lifetime of zero keeps nothing.
  init(lifetime: Duration) { self.lifetime = lifetime }

  /// The answer under a key: one that is no older than the lifetime, or what `fetch` gives. Refusals are not kept.
  func page(
    _ key: String,
    fetch: @escaping @Sendable @LoopActor () async throws(Failure) -> Live.Page
  ) async throws(Failure) -> Live.Page {
    guard lifetime > .zero else { return try await fetch() }
    if let known = kept[key], known.until > .now { return known.page }
    let question = asking[key] ?? ask(key, fetch)
    return try await question.value.get()
  }

  private func ask(
    _ key: String,
    _ fetch: @escaping @Sendable @LoopActor () async throws(Failure) -> Live.Page
  ) -> Task<Result<Live.Page, Failure>, Never> {
    // What is asked for from now on is at least as new as now.
    let until = ContinuousClock.now + lifetime
    let task = onLoop { () async -> Result<Live.Page, Failure> in
      defer { self.asking[key] = nil }
      do throws(Failure) {
        let page = try await fetch()
        self.keep(key, page, until)
        return .success(page)
      } catch {
        return .failure(error)
      }
    }
    asking[key] = task
    return task
  }

  private func keep(_ key: String, _ page: Live.Page, _ until: ContinuousClock.Instant) {
    if kept.count >= AnswerCache.capacity { kept = kept.filter { $0.value.until > .now } }
    if kept.count < AnswerCache.capacity { kept[key] = (page, until) }
  }
}
