import Kit
import Loop
import Postgres

@testable import DeliveryCore

/// Stands in for a push provider: keeps what it is given, and answers as the test says.
@LoopActor
final class RecordingProvider: PushProvider {
  private(set) var pushes: [Push] = []
  private let changed = Change()
  private let answer: @LoopActor (Push, Int) async -> PushOutcome

  /// `answer` gets the push and how many came before.
  init(_ answer: @escaping @LoopActor (Push, Int) async -> PushOutcome = { _, _ in .sent }) {
    self.answer = answer
  }

  func push(_ push: Push) async -> PushOutcome {
    pushes.append(push)
    changed.announce()
    return await answer(push, pushes.count - 1)
  }

  func received(_ count: Int) async throws {
    _ = try await changed.until("\(count) pushes", within: .seconds(30), seen: { "\(self.pushes.count)" }) {
      pushes.count >= count ? true : nil
    }
  }

  var ids: [UUIDValue] { pushes.map(\.id) }
  var contents: [Push.Content] { pushes.map(\.content) }
}
