/// What happens inside auth, as facts. None carries a name, an address or a secret.
enum AuthEvent: Sendable {
  case accountMade(AccountDraft.Origin)
  case sessionOpened(AccountDraft.Origin)
  case loginRefused
  /// Somebody has tried something too often.
  case limited
  /// Somebody proved to own the mailbox of an account that only claimed it.
  case accountProven
  case passwordReset
  case sessionsEnded(count: Int)
  /// A password could not be looked at because too many wait.
  case passwordQueueFull
  case keysFetched
  case keysUnavailable(reason: String)
  case tokenRefused(reason: String)
  case grantStored
  case grantFailed(reason: String)
  case upkeepDone(deleted: Int, reminded: Int)
  case upkeepFailed(reason: String)
}
