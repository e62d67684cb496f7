import Loop
import Outgoing
import Postgres
import Telemetry
import Time
import Wire

/// Sends the mails that are due, a few at a time, and sleeps until the next one is.
///
/// Several copies may work on one table: a claimed mail is leased, and comes back when its lease ends before an outcome
/// was noted. It then may go out twice, under the same Message-ID.
@LoopActor
final class MailSender {
  static let places = 2
  /// Longer than a try can take, which is twice the client's 30 seconds.
  static let lease = Duration.seconds(120)

  private let store: DeliveryStore
  private let route: MailRoute
  private let clock: WallClock
  private let report: @LoopActor (DeliveryEvent) -> Void
  private let client = MailClient(workers: MailSender.places)
  private let rounds: Rounds

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
    rounds = Rounds(clock)
  }

  /// Says that a mail was stored, so that it leaves now.
  func wake() { rounds.ring() }

  /// Works until the task is cancelled, then waits for the mails under way.
  func run() async throws { try await rounds.run(look) }

  /// Claims as many as there is room for, and answers when to look again. With every place taken it needs no time of its
  /// own: each mail that ends its way rings.
  private func look() async -> Timestamp {
    let now = clock.now()
    let room = MailSender.places - rounds.count
    guard room > 0 else { return now + LookRule.longest }
    do {
      let claims = try await store.claim(room, at: now, leaseEnd: now + MailSender.lease)
      for claim in claims { send(claim) }
      guard claims.count < room else { return now + LookRule.longest }
      return LookRule.next(due: try await store.nextDue(), at: now)
    } catch {
      report(.databaseFailed(error))
      return now + LookRule.afterFailure
    }
  }

  private func send(_ claim: MailClaim) {
    rounds.begin { [self] in
      await settle(claim, await attempt(claim))
      return true
    }
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

  /// Tries again while the database is away, for as long as nobody else may take the mail: a sent mail that is not noted
  /// goes out twice.
  private func settle(_ claim: MailClaim, _ verdict: MailVerdict) async {
    while true {
      do {
        try await store.note(verdict, of: claim, at: clock.now())
        let age = clock.now() - claim.created
        return report(.tried(claim.id, verdict, attempts: claim.attempts, age: age, claim.trace))
      } catch {
        report(.databaseFailed(error))
      }
      guard clock.now() < claim.leaseEnd, (try? await pause(for: LookRule.afterFailure)) != nil else { return }
    }
  }
}
