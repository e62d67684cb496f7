import JSON
import Loop
import Postgres
import Telemetry
import Time
import Wire

/// A push as providers take it, whoever of the person's devices it goes to.
struct Push: Sendable {
  enum Content: Sendable, Equatable {
    /// A message has come: only its label is told, and how many wait.
    case message(label: String, badge: Int)
    /// A line of text without a sound.
    case line(String)
    /// The address book was matched.
    case book
    case notice(title: String, body: String, data: [String: String])
    case text(number: String, body: String)
  }

  let id: UUIDValue
  /// What a later push of the same text replaces.
  let collapse: String
  let content: Content
  let expires: Timestamp
  /// As the caller said; nil where nobody did.
  let lastMoment: Timestamp?
  /// Of a mail.
  let calendar: Delivery.CalendarPart?
  /// The next step of the trace that asked for it; each try is one of its own.
  let trace: TraceContext?

  /// Kept by a provider for a device that is away, where nobody said for how long.
  private static let shelfLife = Duration.seconds(86_400)

  /// Nil for a job without content, which no build of ours stores.
  init?(_ job: ClaimedJob, at now: Timestamp) {
    guard let content = Content(job) else { return nil }
    self.content = content
    id = job.id
    collapse = job.notice?.collapse ?? job.id.description
    lastMoment = job.expires
    calendar = job.notice?.calendar
    trace = job.trace?.child()
    expires = job.expires ?? now + Push.shelfLife
  }
}

extension Push.Content {
  init?(_ job: ClaimedJob) {
    switch (job.kind, job.notice) {
    case (.message, _): self = .message(label: job.label ?? "", badge: job.badge)
    case (.announcement, let notice?), (.joined, let notice?): self = .line(notice.body)
    case (.book, _): self = .book
    case (.notice, let notice?): self = .notice(title: notice.title ?? "", body: notice.body, data: notice.data ?? [:])
    case (.text, let notice?): self = .text(number: notice.number ?? "", body: notice.body)
    default: return nil
    }
  }
}

/// Somebody who carries pushes to where they are read.
@LoopActor
protocol PushProvider: AnyObject {
  /// Tries once and says what became of it. The target is one of those that this provider carries.
  func push(_ push: Push, to target: PushTarget) async -> PushOutcome
}

extension Push {
  /// What a notice's app gets beside its text: the caller's data, and the trace it belongs to.
  func data(_ data: [String: String]) -> [String: String] {
    guard let trace else { return data }
    return data.merging(["traceparent": trace.traceparent]) { given, _ in given }
  }
}

extension JSONWriter {
  /// An object of texts, in the order of their names.
  mutating func texts(_ texts: [String: String]) {
    beginObject()
    for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
      self.name(dynamic: name)
      string(text)
    }
    endObject()
  }
}
