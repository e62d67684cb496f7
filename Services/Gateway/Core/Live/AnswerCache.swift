import Compression
import JSON
import Loop
import Wire

/// A list as it is answered, compressed when the first asks who takes it so.
@LoopActor
final class CachedAnswer {
  /// Less than this is not worth it.
  private static let worthwhile = 1024

  let page: Live.Page
  private var packing: Task<[UInt8]?, Never>?

  init(_ page: Live.Page) { self.page = page }

  /// The body in gzip form; nil when it is too short to gain by it.
  func compressed() async -> [UInt8]? {
    guard page.items.bytes.count >= CachedAnswer.worthwhile else { return nil }
    let bytes = page.items.bytes
    let task = packing ?? onLoop { await EventLoop.shared.offload { Gzip.compress(bytes) } }
    packing = task
    return await task.value
  }
}

/// Answers that are the same for everybody, kept for a moment: however many ask for a long list, it is made once.
@LoopActor
final class AnswerCache {
  typealias Fetch = @Sendable @LoopActor () async throws(Failure) -> Live.Page
  private static let capacity = 64

  private let lifetime: Duration
  private var kept: [String: (answer: CachedAnswer, until: ContinuousClock.Instant)] = [:]
  private var asking: [String: Task<Result<CachedAnswer, Failure>, Never>] = [:]

  /// A lifetime of zero keeps nothing.
  init(lifetime: Duration) { self.lifetime = lifetime }

  /// The answer under a key: one that is no older than the lifetime, or what `fetch` gives. Refusals are not kept.
  func answer(_ key: String, fetch: @escaping Fetch) async throws(Failure) -> CachedAnswer {
    guard lifetime > .zero else { return CachedAnswer(try await fetch()) }
    if let known = kept[key], known.until > .now { return known.answer }
    let question = asking[key] ?? ask(key, fetch)
    return try await question.value.get()
  }

  private func ask(_ key: String, _ fetch: @escaping Fetch) -> Task<Result<CachedAnswer, Failure>, Never> {
    // What is asked for from now on is at least as new as now.
    let until = ContinuousClock.now + lifetime
    let task = onLoop { () async -> Result<CachedAnswer, Failure> in
      defer { self.asking[key] = nil }
      do throws(Failure) {
        let answer = CachedAnswer(try await fetch())
        self.keep(key, answer, until)
        return .success(answer)
      } catch {
        return .failure(error)
      }
    }
    asking[key] = task
    return task
  }

  private func keep(_ key: String, _ answer: CachedAnswer, _ until: ContinuousClock.Instant) {
    if kept.count >= AnswerCache.capacity { kept = kept.filter { $0.value.until > .now } }
    if kept.count < AnswerCache.capacity { kept[key] = (answer, until) }
  }
}
