import Kit
import Loop
import Postgres

@testable import DeliveryCore

/// Stands in for a push provider: keeps what it is given, and answers as the test says.
@LoopActor
final class RecordingProvider: PushProvider {
  private(set) var pushes: [Push] = []
  private(set) var targets: [PushTarget] = []
  private let changed = Change()
  private let answer: @LoopActor (PushTarget, Int) async -> PushOutcome

  /// `answer` gets the target and how many pushes came before.
  init(_ answer: @escaping @LoopActor (PushTarget, Int) async -> PushOutcome = { _, _ in .sent }) {
    self.answer = answer
  }

  func push(_ push: Push, to target: PushTarget) async -> PushOutcome {
    pushes.append(push)
    targets.append(target)
    changed.announce()
    return await answer(target, pushes.count - 1)
  }

  func received(_ count: Int) async throws {
    _ = try await changed.until("\(count) pushes", within: .seconds(30), seen: { "\(self.pushes.count)" }) {
      pushes.count >= count ? true : nil
    }
  }

  var addresses: [String] { targets.compactMap(\.address) }
  var ids: [UUIDValue] { pushes.map(\.id) }
  var contents: [Push.Content] { pushes.map(\.content) }
}
