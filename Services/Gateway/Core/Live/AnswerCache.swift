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
///
/// Whoever has seen a change finds it in the answer to the next question. Only while changes come faster than answers
/// can be made with little effort, one from before them is given again, until it has reached its age.
@LoopActor
final class AnswerCache {
  typealias Fetch = @Sendable @LoopActor () async throws(Failure) -> Live.Page
  private static let capacity = 64

  private struct Kept {
    let answer: CachedAnswer
    let until: ContinuousClock.Instant
    /// How many changes it has surely heard of.
    let changes: Int
  }

  private struct Question {
    let task: Task<Result<CachedAnswer, Failure>, Never>
    let changes: Int
  }

  private let lifetime: Duration
  private let now: @LoopActor () -> ContinuousClock.Instant
  private var kept: [String: Kept] = [:]
  private var asking: [String: Question] = [:]
  private var changes = 0
  private var effort = Effort()

  /// A lifetime of zero keeps nothing. Ages, and what an answer took, go by `now`.
  init(lifetime: Duration, now: @escaping @LoopActor () -> ContinuousClock.Instant = { .now }) {
    self.lifetime = lifetime
    self.now = now
  }

  /// Notes that from now on answers may be others.
  func change() { changes += 1 }

  /// The answer under a key: one that is no older than the lifetime, or what `fetch` gives. Refusals are not kept.
  func answer(_ key: String, fetch: @escaping Fetch) async throws(Failure) -> CachedAnswer {
    guard lifetime > .zero else { return CachedAnswer(try await fetch()) }
    let wanted = effort.isAffordable(key, at: now()) ? changes : 0
    while true {
      if let known = kept[key], known.until > now(), known.changes >= wanted { return known.answer }
      guard let open = asking[key] else { return try await ask(key, fetch).value.get() }
      let answer = await open.task.value
      // What was asked for before the change says nothing of it; the next question does.
      if open.changes >= wanted { return try answer.get() }
    }
  }

  private func ask(_ key: String, _ fetch: @escaping Fetch) -> Task<Result<CachedAnswer, Failure>, Never> {
    // What is asked for from now on is at least as new as now.
    let (start, changes) = (now(), changes)
    let task = onLoop { () async -> Result<CachedAnswer, Failure> in
      defer {
        self.asking[key] = nil
        self.effort.spend(self.now() - start, on: key, at: self.now())
      }
      do throws(Failure) {
        let answer = CachedAnswer(try await fetch())
        self.keep(key, Kept(answer: answer, until: start + self.lifetime, changes: changes))
        return .success(answer)
      } catch {
        return .failure(error)
      }
    }
    asking[key] = Question(task: task, changes: changes)
    return task
  }

  private func keep(_ key: String, _ answer: Kept) {
    let now = now()
    if kept.count >= AnswerCache.capacity { kept = kept.filter { $0.value.until > now } }
    if kept.count < AnswerCache.capacity || kept[key] != nil { kept[key] = answer }
  }
}
