import JSON
import Time
import Wire

@testable import LiveCore

/// A board with one gateway and a clock that stands still until a test moves it.
struct BoardBench {
  static let gateway = 7

  var board: Board
  var wall = Timestamp(microseconds: 1_767_225_600_000_000)
  var steady = ContinuousClock.now
  private var number = 0

  init(_ configure: (inout BoardRules) -> Void = { _ in }) {
    var rules = BoardRules()
    configure(&rules)
    board = Board(rules)
    _ = board.attach(BoardBench.gateway, [], at: moment)
  }

  var moment: Moment { Moment(wall: wall, steady: steady) }

  mutating func pass(_ span: Duration) {
    steady += span
    wall += span
  }

  /// What an act leads to, and what everybody is shown of it when all is stored.
  mutating func act(
    _ kind: Live.Act.Kind,
    _ connection: Int,
    _ arguments: String? = nil,
    stored: Bool = true,
    gateway: Int = gateway
  ) -> (outcome: Live.Outcome, shown: [String]) {
    number += 1
    let act = Live.Act(
      kind,
      on: connection,
      arguments: arguments.map { RawJSON(trusted: Array($0.utf8)) },
      address: "a\(connection)"
    )
    var effect = board.take(act, of: gateway, number: number, at: moment)
    let items = board.settle(&effect, stored: stored)
    return (effect.outcome, items.map(\.shown))
  }

  mutating func lapse() -> [String] {
    var effect = board.lapse(at: moment)
    return board.settle(&effect, stored: true).map(\.shown)
  }

  /// Connected and named, without a word about it.
  mutating func seat(_ connection: Int, _ name: String? = nil) {
    _ = act(.connect, connection)
    if let name { _ = act(.auth, connection, #"["\#(name)"]"#) }
  }

  mutating func click(_ connection: Int, _ members: String) -> (outcome: Live.Outcome, shown: [String]) {
    act(.click, connection, "[{\(members)}]")
  }
}

extension Live.Item {
  /// The kind and argument as a client gets them; whom it is for, where that is not everybody.
  var shown: String {
    let text = "\(kind.rawValue) \(String(decoding: argument.bytes, as: UTF8.self))"
    switch audience {
    case .everybody: return text
    case .gateway(let gateway): return "\(text) to \(gateway)"
    case .connection(let connection, _): return "\(text) to #\(connection)"
    }
  }

  static func toast(_ text: String) -> String {
    #"message {"text":"\#(text)","style":"medium highlight","type":"toast"}"#
  }
}
