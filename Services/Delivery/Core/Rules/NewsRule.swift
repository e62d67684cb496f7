import Queue
import Time

/// What becomes of a job that leads nowhere for now: whether news of its person may still come.
///
/// Whoever asked for the job and auth, which tells of people, have an outbox each. After an absence of ours both drain side
/// by side, and what is for somebody who signed up meanwhile may come before the sign-up.
enum NewsRule {
  /// Why a job waits, or was given up; the word is stored, and an index knows it.
  static let unknown = "person unknown"
  /// From the first look without any news. Ids come from auth, which has told of each or is about to: as with a provider that
  /// is away, an outage is sat out, and what is left after it is somebody's defect.
  static let patience = RetryRule.patience
  /// From the last news. A telephone is told of after its account, in a call of its own.
  static let grace = Duration.seconds(60)

  /// Weighs a job whose person none of its channels leads to.
  static func verdict(_ job: ClaimedJob, at now: Timestamp) -> JobVerdict {
    guard let revision = job.newsSeen else { return .done(.unreachable) }
    let waited = now - job.firstTry
    if revision > ClaimedJob.noNews {
      return waited >= grace ? .done(.unreachable) : .expectNews(until: job.firstTry + grace)
    }
    guard waited < patience else { return .dead(reason: unknown) }
    // News end the wait. These looks are for a worker that died between noting it and looking whether they came meanwhile.
    return .expectNews(until: now + min(max(waited, LookRule.longest), RetryRule.longestRest))
  }
}
