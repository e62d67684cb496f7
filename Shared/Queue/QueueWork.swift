public import Loop
public import Postgres
public import Time

/// A queue in a table and what is to be done for its rows; `QueueWorker` decides when.
@LoopActor
public protocol QueueWork<Key>: Sendable {
  associatedtype Key: Hashable & Sendable
  associatedtype Claim: Identifiable<Key> & Sendable

  /// Takes rows that are ready and not leased, at most so many, under leases of the worker's length.
  func claim(_ count: Int, at now: Timestamp) async throws(PostgresError) -> [Claim]

  /// Leases again what is still this worker's, and answers which of them those are.
  func renew(_ keys: [Key]) async throws(PostgresError) -> [Key]

  /// What this worker need not look before; asked when a claim has left nothing.
  func outlook(at now: Timestamp) async throws(PostgresError) -> Outlook

  /// Does what the row asks for and notes what became of it; answers whether there may be more to claim now.
  func carryOut(_ claim: Claim) async -> Bool

  /// The database could not be asked; what it was asked for is tried again by whoever asked.
  func failed(_ error: PostgresError)
}

/// What waits in a queue.
public struct Outlook: Equatable, Sendable {
  /// When the next row that nobody has is ready; nil when none is.
  public var due: Timestamp?
  /// Whether rows are leased that this worker does not have in hand, and may come back.
  public var othersHold: Bool

  public init(due: Timestamp?, othersHold: Bool) {
    self.due = due
    self.othersHold = othersHold
  }
}

extension QueueWork {
  /// Notes an outcome, again each second for a minute while the database is away, since what is not noted is done once
  /// more. False when it was given up.
  public func noting(_ note: @LoopActor () async throws -> Void) async -> Bool {
    for _ in 0..<60 {
      do {
        try await note()
        return true
      } catch {
        if let error = error as? PostgresError { failed(error) }
      }
      guard (try? await pause(for: LookRule.afterFailure)) != nil else { return false }
    }
    return false
  }
}
