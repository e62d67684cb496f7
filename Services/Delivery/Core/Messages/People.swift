import Loop
import Postgres
import Wire

/// Who calls and who is called, from what auth has told so far.
@LoopActor
final class People {
  /// With somebody not known yet: auth tells of a new account a moment after it was made. Three seconds in all.
  private static let patience = Patience(first: .milliseconds(25), longest: .milliseconds(400), pauses: 11)

  private let store: DeliveryStore
  private let asking: AskingDatabase
  /// Requests that come together are looked up together.
  private let lookups: Batcher<Inquiry, Audience>

  init(_ store: DeliveryStore, asking: AskingDatabase) {
    self.store = store
    self.asking = asking
    lookups = Batcher(limit: 128, concurrency: 2) { try await store.audiences($0) }
  }

  nonisolated static func id(_ context: CallContext) throws(Failure) -> UUIDValue {
    guard let id = context.user.flatMap({ UUIDValue($0.text) }) else { throw Failure(.unauthenticated) }
    return id
  }

  /// The one who calls; for somebody auth has not told of, one with the defaults of a new account.
  func caller(_ context: CallContext) async throws(Failure) -> Person {
    try await audience(Inquiry(sender: try People.id(context))).sender
  }

  /// The one who calls and the members among those asked for. A user who is none after all is simply not among them.
  func audience(_ inquiry: Inquiry) async throws(Failure) -> (sender: Person, receivers: [Receiver]) {
    var seen = Audience()
    _ = try await People.patience.answer { () throws(Failure) in
      do { seen = try await self.lookups.submit(inquiry) } catch { throw self.asking.failure(error) }
      return seen.sender != nil && seen.isComplete(for: inquiry) ? true : nil
    }
    return (seen.sender ?? Person(id: inquiry.sender, country: "us", phone: nil), seen.receivers)
  }

  /// The members who have the numbers among the targets, which cannot be read before the sender's country is known.
  func owners(of targets: [SendForm.Target], for sender: UUIDValue) async throws(Failure) -> [Receiver] {
    let phones = targets.compactMap { target in if case .number(let phone) = target { phone } else { nil } }
    guard !phones.isEmpty else { return [] }
    do { return try await lookups.submit(Inquiry(sender: sender, phones: phones)).receivers } catch {
      throw asking.failure(error)
    }
  }
}

extension Failure {
  /// Why delivery refused, where the failure's word does not say enough.
  enum DeliveryReason: String {
    /// `conflict`: a message that has not come yet, or is none of those that came.
    case notReceived = "not_received"
  }

  init(_ word: Word, _ reason: DeliveryReason) { self.init(word, reason: reason.rawValue) }
}
