import Loop
import Outgoing
import Postgres
import Queue
import Telemetry
import Time
import Wire

/// Sends the mails that are due, a few at a time, and sleeps until the next one is.
///
/// Several copies may work on one table. A mail whose sender died after the relay had taken it goes out twice, under the
/// same Message-ID.
@LoopActor
final class MailSender: QueueWork {
  private static let places = 2

  private let id = UUIDValue.random()
  private let store: DeliveryStore
  private let route: MailRoute
  private let clock: WallClock
  private let report: @LoopActor (DeliveryEvent) -> Void
  private let client = MailClient(workers: MailSender.places)
  private let worker: QueueWorker<UUIDValue>

  init(
    _ store: DeliveryStore,
    _ route: MailRoute,
    clock: WallClock,
    report: @escaping @LoopActor (DeliveryEvent) -> Void
  ) {
    self.store = store
    self.route = route
    self.clock = clock
    self.report = report
    worker = QueueWorker(places: MailSender.places, lease: DeliveryStore.lease.length, clock: clock)
  }

  /// Says that a mail was stored, so that it leaves now.
  func wake() { worker.ring() }

  /// Works until the task is cancelled, then waits for the mails under way.
  func run() async throws { try await worker.run(self) }

  func claim(_ count: Int, at now: Timestamp) async throws(PostgresError) -> [MailClaim] {
    try await store.claimMails(count, for: id, at: now)
  }

  func renew(_ mails: [UUIDValue]) async throws(PostgresError) -> [UUIDValue] {
    try await store.renewMails(mails, for: id)
  }

  func outlook(at now: Timestamp) async throws(PostgresError) -> Outlook {
    try await store.mailOutlook(besides: worker.held)
  }

  func failed(_ error: PostgresError) { report(.databaseFailed(error)) }

  func carryOut(_ claim: MailClaim) async -> Bool {
    let verdict = await attempt(claim)
    if await noting({ try await store.note(verdict, of: claim, at: clock.now()) }) {
      report(.tried(claim.id, verdict, attempts: claim.attempts, age: clock.now() - claim.created, claim.trace))
    }
    // What goes again was in nobody's outlook while it was under way.
    return verdict.isComingAgain
  }

  private func attempt(_ claim: MailClaim) async -> MailVerdict {
    if let expires = claim.expires, expires <= clock.now() { return .failed(reason: "expired") }
    guard let recipient = MailAddress(claim.recipient) else { return .failed(reason: "not a mail address") }
    var mail = Mail(
      from: route.from,
      to: recipient,
      subject: claim.subject,
      text: claim.text,
      messageID: "\(claim.id)@\(route.domain)",
      date: Int(claim.created.microseconds / 1_000_000)
    )
    mail.calendar = claim.calendar.map { Mail.Calendar(method: $0.method.rawValue, text: $0.text) }
    guard worker.holds(claim.id) else { return .retry(after: .zero, reason: "lease ended") }
    do {
      try await client.send(mail, via: route.relay)
      return .sent
    } catch {
      return RetryRule.verdict(
        error,
        attempts: claim.attempts,
        firstTry: claim.firstTry,
        at: clock.now(),
        chance: IdentifierSource.fraction()
      )
    }
  }
}
