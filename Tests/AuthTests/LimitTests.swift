import Testing
import Time
import Wire

@testable import AuthCore

@Suite struct LimitTests {
  private let start = Timestamp(microseconds: 1_900_000_000_000_000)
  private let window = TryWindow("guess", of: "192.0.2.1", "ann", most: 10, within: .seconds(60))

  @Test func `a full window waits until the moment that decides has left it`() {
    #expect(window.wait(for: nil, at: start) == nil)
    #expect(window.wait(for: start, at: start) == .seconds(60))
    #expect(window.wait(for: start, at: start + .seconds(41)) == .seconds(19))
    #expect(window.wait(for: start, at: start + .seconds(60)) == nil)
  }

  @Test func `a clock set back does not lock anybody out, one that is a little behind counts all the same`() {
    #expect(window.wait(for: start + .seconds(86_400), at: start) == nil)
    #expect(window.wait(for: start + .seconds(60), at: start) == nil)
    #expect(window.wait(for: start + .milliseconds(20), at: start) == .seconds(60))
  }

  @Test func `a wait in whole seconds is never too short and never none`() {
    #expect([.zero, .milliseconds(1), .seconds(1), .milliseconds(1001)].map(wholeSeconds) == [1, 1, 1, 2])
  }

  @Test func `a key is of one kind, name and address, and holds none of them`() {
    let one = { (kind: String, who: String, name: String) in
      TryWindow(kind, of: who, name, most: 1, within: .seconds(1)).key
    }
    let keys: Set = [one("a", "b", "c"), one("a", "bc", ""), one("ab", "", "c"), one("", "a", "b"), one("a", "b", "d")]
    #expect(keys.count == 5)
    #expect(keys.allSatisfy { $0.count == 32 })
  }

  // MARK: - What counts where

  @Test func `a guess counts for name and address together, then for the address`() {
    let limits = Limits(AuthConfiguration())
    let guess = limits.guess(at: "ann", from: "192.0.2.1")
    #expect(guess.map(\.most) == [10, 300])
    #expect(limits.guess(at: " Ann ", from: "192.0.2.1") == guess)
    #expect(limits.guess(at: "bob", from: "192.0.2.1")[0] != guess[0])
    #expect(limits.guess(at: "ann", from: "192.0.2.9")[0] != guess[0])
    #expect(limits.guess(at: "bob", from: "192.0.2.1")[1] == guess[1])
    #expect(limits.probe(from: "192.0.2.1") == [guess[1]])
  }

  @Test func `every kind of try has its own window`() {
    let limits = Limits(AuthConfiguration())
    let windows =
      limits.account(.chat, from: "a") + limits.account(.pictever, from: "a") + limits.code(to: "a", from: "a")
      + limits.friendRequest(by: UserID("a")) + limits.probe(from: "a") + limits.guess(at: "a", from: "a").prefix(1)
    #expect(Set(windows.map(\.key)).count == windows.count)
    #expect(windows.map(\.most) == [100, 1000, 5, 60, 60, 300, 10])
  }

  @Test func `off, nothing counts anywhere`() {
    var configuration = AuthConfiguration()
    configuration.limitsAreOn = false
    let limits = Limits(configuration)
    let windows =
      limits.guess(at: "ann", from: "a") + limits.probe(from: "a") + limits.account(.chat, from: "a")
      + limits.code(to: "b", from: "a") + limits.friendRequest(by: UserID("u"))
    #expect(windows.isEmpty)
  }

  // MARK: - What is remembered

  @Test func `a full window is remembered for five seconds, or less when it ends`() {
    var full = FullWindows()
    full.note(window, waiting: .seconds(30), at: start)
    #expect(full.wait(for: [window], at: start + .seconds(4)) == .seconds(26))
    #expect(full.wait(for: [window], at: start + .seconds(5)) == nil)
    full.note(window, waiting: .seconds(2), at: start)
    #expect(full.wait(for: [window], at: start + .seconds(1)) == .seconds(1))
    #expect(full.wait(for: [window], at: start + .seconds(2)) == nil)
    #expect(full.wait(for: [window], at: start - .seconds(1)) == nil)
  }

  @Test func `of several full windows the longest wait is told, of others none`() {
    var full = FullWindows()
    let (other, third) = (
      TryWindow("b", of: "a", most: 1, within: .seconds(60)), TryWindow("c", of: "a", most: 1, within: .seconds(60))
    )
    full.note(window, waiting: .seconds(9), at: start)
    full.note(other, waiting: .seconds(30), at: start)
    #expect(full.wait(for: [window, third, other], at: start) == .seconds(30))
    #expect(full.wait(for: [third], at: start) == nil)
    #expect(full.wait(for: [], at: start) == nil)
  }

  @Test func `no more windows are remembered than there is room for`() {
    var full = FullWindows(capacity: 10)
    for number in 0..<25 {
      full.note(TryWindow("\(number)", of: "a", most: 1, within: .seconds(60)), waiting: .seconds(9), at: start)
    }
    #expect(full.count == 5)
    full.note(TryWindow("24", of: "a", most: 1, within: .seconds(60)), waiting: .seconds(8), at: start)
    #expect(full.count == 5)
  }
}
