import Loop
import Postgres
import Telemetry
import Time

/// Turns delivery's events into log lines and metrics.
@LoopActor
final class DeliveryReporter {
  private enum Result: String, CaseIterable { case sent, retried, failed }

  private let log: Logger
  private let accepted: Counter
  private let tries: Counters<Result>
  private let kept: Counters<PendingCall.Kind>
  private let backlog: Gauge
  private let oldest: Gauge
  private let ages: Histogram

  private enum JobEnd: String, CaseIterable { case sent, unregistered, unreachable, moot, retried, waiting, dead }
  private enum Carrier: String, CaseIterable { case none, fcm, apns, web, webhook, mail }

  private let ends: Counters<JobEnd>
  private let asked: Counters<Carrier>
  private let jobs: Gauge
  private let oldestJob: Gauge
  private let lateness: Histogram

  init(log: Logger, metrics: MetricsRegistry) {
    self.log = log
    ends = metrics.counters(
      "carillon_delivery_jobs_total",
      "Looks at jobs of the push queue, by what became of the job.",
      label: "result",
      by: JobEnd.self
    )
    asked = metrics.counters(
      "carillon_delivery_pushes_total",
      "Pushes handed to a provider, tries that failed included.",
      label: "provider",
      by: Carrier.self
    )
    jobs = metrics.gauge("carillon_delivery_jobs_due", "Jobs due and not done, counted once a minute.")
    oldestJob = metrics.gauge("carillon_delivery_oldest_job_seconds", "How long the oldest of them is due.")
    lateness = metrics.histogram(
      "carillon_delivery_lateness_seconds",
      "From when a job was due until it was first handed to a provider.",
      bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 60, 600]
    )
    accepted = metrics.counter("carillon_delivery_mails_accepted_total", "Mails handed over by other services.")
    tries = metrics.counters(
      "carillon_delivery_mail_tries_total",
      "Tries to send a mail, by what became of the mail.",
      label: "result",
      by: Result.self
    )
    kept = metrics.counters(
      "carillon_delivery_calls_kept_total",
      "Calls kept for want of a sender.",
      label: "kind",
      by: PendingCall.Kind.self
    )
    backlog = metrics.gauge("carillon_delivery_mails_waiting", "Mails not sent yet, counted once a minute.")
    oldest = metrics.gauge("carillon_delivery_oldest_mail_seconds", "Age of the oldest of them.")
    ages = metrics.histogram(
      "carillon_delivery_mail_age_seconds",
      "From when a mail was handed over until the relay had it.",
      bounds: [0.01, 0.05, 0.1, 0.5, 1, 5, 30, 60, 300, 900, 3600, 86_400]
    )
  }

  func report(_ event: DeliveryEvent) {
    switch event {
    case .mailOff: log.warning("mail.off", ["missing": .id("CARILLON_SMTP_URL")])
    case .noProvider(let names): log.info("providers.off", ["names": .id(names.map(\.rawValue).joined(separator: ","))])
    case .accepted(let id, let isOff):
      accepted.add()
      if isOff { log.info("mail.waiting", ["mail": .id(id.description)]) }
    case .kept(let kind): kept[kind].add()
    case .tried(let id, let verdict, let attempts, let age, let trace):
      tried(id, verdict, attempts, age, log(of: trace))
    case .counted(let counted, let now):
      backlog.set(counted.mails)
      oldest.set(counted.oldest.map { Int((now - $0).components.seconds) } ?? 0)
    case .attempted(let late): lateness.observe(late)
    case .settled(let settled): ended(settled)
    case .jobsCounted(let count, let oldest, let now):
      jobs.set(count)
      oldestJob.set(oldest.map { Int((now - $0).components.seconds) } ?? 0)
    case .databaseFailed(let error): log.warning("delivery.database_failed", ["reason": .reason(error.description)])
    }
  }

  /// Its lines bear the id of the request that began it, as the gateway's do.
  private func log(of trace: TraceContext?) -> Logger {
    trace.map { log.with("request", .id($0.requestID)) } ?? log
  }

  private func tried(_ id: UUIDValue, _ verdict: MailVerdict, _ attempts: Int, _ age: Duration, _ log: Logger) {
    let mail = LogValue.id(id.description)
    switch verdict {
    case .sent:
      tries[.sent].add()
      ages.observe(age)
      log.info("mail.sent", ["mail": mail, "attempts": .int(attempts), "age": .span(age)])
    case .retry(let rest, let reason):
      tries[.retried].add()
      log.warning(
        "mail.retrying",
        ["mail": mail, "attempts": .int(attempts), "rest": .span(rest), "reason": .reason(reason)]
      )
    case .failed(let reason):
      tries[.failed].add()
      log.error("mail.failed", ["mail": mail, "attempts": .int(attempts), "reason": .reason(reason)])
    }
  }

  private func ended(_ settled: SettledJob) {
    for result in settled.results {
      if case .held = result.outcome { continue }
      asked[Carrier(rawValue: result.target.provider.rawValue) ?? .none].add()
    }
    let job = LogValue.id(settled.job.id.description)
    let log = log(of: settled.job.trace)
    switch settled.verdict {
    case .wait: return
    case .expectNews:
      ends[.waiting].add()
      log.info("job.waiting", ["job": job, "reason": .reason(NewsRule.unknown)])
    case .done(let end):
      ends[JobEnd(rawValue: end.rawValue) ?? .sent].add()
      log.debug("job.done", ["job": job, "result": .id(end.rawValue), "attempts": .int(settled.job.attempts)])
    case .retry(let rest, let reason):
      ends[.retried].add()
      let attempts = LogValue.int(settled.job.attempts)
      log.info("job.retrying", ["job": job, "attempts": attempts, "rest": .span(rest), "reason": .reason(reason)])
    case .dead(let reason):
      ends[.dead].add()
      log.error("job.dead", ["job": job, "attempts": .int(settled.job.attempts), "reason": .reason(reason)])
    }
  }
}
