import Loop
import Telemetry
import Wire

/// Turns auth's events into log lines and metrics.
@LoopActor
final class AuthReporter {
  private enum Refusal: String, CaseIterable { case password, token, queue, limit }

  private let log: Logger
  private let accounts: Counters<AccountDraft.Origin>
  private let sessions: Counters<AccountDraft.Origin>
  private let refusals: Counters<Refusal>
  private let ended: Counter

  init(log: Logger, metrics: MetricsRegistry) {
    self.log = log
    accounts = metrics.counters(
      "carillon_auth_accounts_made_total",
      "Accounts made.",
      label: "origin",
      by: AccountDraft.Origin.self
    )
    sessions = metrics.counters(
      "carillon_auth_sessions_opened_total",
      "Sessions opened by password.",
      label: "origin",
      by: AccountDraft.Origin.self
    )
    refusals = metrics.counters(
      "carillon_auth_refusals_total",
      "Sign-ins refused, by what was wrong.",
      label: "cause",
      by: Refusal.self
    )
    ended = metrics.counter("carillon_auth_sessions_ended_total", "Sessions ended before their time.")
  }

  func report(_ event: AuthEvent) {
    count(event)
    write(event)
  }

  private func count(_ event: AuthEvent) {
    switch event {
    case .accountMade(let origin): accounts[origin].add()
    case .sessionOpened(let origin): sessions[origin].add()
    case .loginRefused: refusals[.password].add()
    case .limited: refusals[.limit].add()
    case .tokenRefused: refusals[.token].add()
    case .passwordQueueFull: refusals[.queue].add()
    case .sessionsEnded(let count): ended.add(count)
    default: break
    }
  }

  private func write(_ event: AuthEvent) {
    switch event {
    case .accountMade(let origin): log.info("account.made", ["origin": .id(origin.rawValue)])
    case .sessionOpened(let origin): log.debug("session.opened", ["origin": .id(origin.rawValue)])
    case .loginRefused: log.debug("login.refused")
    case .limited: log.debug("try.limited")
    case .accountProven: log.info("account.proven")
    case .passwordReset: log.info("password.reset")
    case .sessionsEnded(let count): log.debug("sessions.ended", ["count": .int(count)])
    case .passwordQueueFull: log.warning("password.queue_full")
    case .keysFetched: log.info("google.keys_fetched")
    case .keysUnavailable(let reason): log.warning("google.keys_unavailable", ["reason": .reason(reason)])
    case .tokenRefused(let reason): log.debug("token.refused", ["reason": .reason(reason)])
    case .grantStored: log.info("google.grant_stored")
    case .grantFailed(let reason): log.warning("google.grant_failed", ["reason": .reason(reason)])
    case .upkeepDone(let deleted, let reminded):
      log.debug("upkeep.done", ["deleted": .int(deleted), "reminded": .int(reminded)])
    case .upkeepFailed(let reason): log.warning("upkeep.failed", ["reason": .reason(reason)])
    }
  }
}
