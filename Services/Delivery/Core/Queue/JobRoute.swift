import Queue
import Time
import Wire

/// Who carries pushes.
enum ProviderName: String, CaseIterable, Sendable { case fcm, apns, web, webhook, mail }

/// What to do with a claimed job.
enum JobRoute: Equatable, Sendable {
  case settle(JobVerdict)
  /// To each of these, which are of one channel.
  case send([PushTarget])

  /// `isOn` says which providers are there.
  init(_ job: ClaimedJob, at now: Timestamp, isOn: (ProviderName) -> Bool) {
    let targets = JobRoute.targets(of: job, isOn)
    if let expires = job.expires, expires <= now {
      self = .settle(.done(.moot))
    } else if job.kind == .message, job.label == nil {
      self = .settle(.done(.moot))
    } else if targets.isEmpty, job.newsSeen == ClaimedJob.noNews {
      // Before the hours, which are the person's own.
      self = .settle(NewsRule.verdict(job, at: now))
    } else if let end = job.quietEnd {
      self = .settle(.wait(until: end))
    } else if let address = job.notice?.mail {
      // Nobody else can carry it, so it is kept where mail is off.
      self = .send([.mail(address)])
    } else if targets.isEmpty {
      self = .settle(job.channel == nil ? NewsRule.verdict(job, at: now) : .done(.sent))
    } else {
      self = .send(targets)
    }
  }

  /// Those of the first channel that leads anywhere.
  private static func targets(of job: ClaimedJob, _ isOn: (ProviderName) -> Bool) -> [PushTarget] {
    for channel in job.channel.map({ [$0] }) ?? channels(of: job) {
      let targets = targets(of: channel, job).filter { isOn($0.provider) }
      if !targets.isEmpty { return targets }
    }
    return []
  }

  private static func channels(of job: ClaimedJob) -> [Delivery.Channel] {
    switch job.kind {
    case .text: [.webhook]
    case .notice: job.notice?.channels ?? [.push]
    case .message, .announcement, .joined: [.push, .web]
    case .book: [.push]
    case nil: []
    }
  }

  private static func targets(of channel: Delivery.Channel, _ job: ClaimedJob) -> [PushTarget] {
    switch channel {
    // Only one of the two apps fetches the book when told.
    case .push where job.kind == .book: job.addresses.devices.filter { $0.provider == .fcm }
    case .push, .web: job.addresses.devices.filter { $0.channel == channel }
    case .mail: job.addresses.email.flatMap { $0.contains("@") ? [.mail($0)] : nil } ?? []
    case .webhook: [.webhook]
    }
  }
}

/// What lies in which of the queue's two tables, and when the cold one is looked into.
enum JobLook {
  /// What comes within this time lies in the hot table.
  static let horizon = Duration.seconds(30)
  /// Copies are told of what comes within this time: of anything later their own looks learn in time.
  static let announced = LookRule.longest + horizon
  /// What is moved to the hot table has nearly the whole horizon before it, so that it can go in few large moves.
  private static let warmingUp = LookRule(shortest: .milliseconds(250))

  /// When to warm up again; `first` is the first job of the cold table.
  static func nextWarmUp(first: Timestamp?, at now: Timestamp) -> Timestamp {
    warmingUp.next(due: first.map { $0 - horizon }, at: now)
  }
}

/// How many pushes a provider takes: so many per second on average, a second's worth at once, none before `closedUntil`.
struct ProviderGate: Sendable {
  let perSecond: Double
  private var full = ContinuousClock.now
  private(set) var closedUntil: ContinuousClock.Instant?

  init(perSecond: Double) { self.perSecond = perSecond }

  /// Takes a place; else says how long there is none.
  mutating func take(at now: ContinuousClock.Instant) -> Duration? {
    if let closedUntil, closedUntil > now { return closedUntil - now }
    let next = max(full, now) + .seconds(1 / perSecond)
    guard next - now <= .seconds(1) else { return next - now - .seconds(1) }
    full = next
    return nil
  }

  /// The provider asked for a pause.
  mutating func close(for span: Duration, at now: ContinuousClock.Instant) {
    closedUntil = max(closedUntil ?? now, now + span)
  }
}
