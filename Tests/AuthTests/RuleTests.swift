import Testing
import Time
import Wire

@testable import AuthCore

@Suite struct RuleTests {
  private let now = Timestamp(microseconds: 1_900_000_000_000_000)

  @Test func `use renews a session once an hour`() {
    #expect(!SessionRule.isRenewal(lastUsed: now - .seconds(3599), at: now))
    #expect(SessionRule.isRenewal(lastUsed: now - .seconds(3600), at: now))
    #expect(!SessionRule.isRenewal(lastUsed: now + .seconds(60), at: now))
  }

  @Test func `a code matches in any case, for its own account only`() {
    let digest = SecretCode.digest("ABCD2345", account: "a")
    #expect(SecretCode.matches(" abcd2345 ", account: "a", digest: digest))
    #expect(!SecretCode.matches("ABCD2346", account: "a", digest: digest))
    #expect(!SecretCode.matches("ABCD2345", account: "b", digest: digest))
  }

  @Test func `codes have the form that mails and telephones expect`() {
    #expect(SecretCode.reset().count == 8)
    #expect(SecretCode.phone().allSatisfy { ("0"..."9").contains($0) })
    #expect(SecretCode.phone().count == 6)
    #expect(Set((0..<100).map { _ in SecretCode.reset() }).count == 100)
  }

  @Test func `who asks, and who was asked, decides what a friend request does`() {
    typealias Standing = FriendRule.Standing
    let declined = FriendRule.Request.declined(at: now - .seconds(3600))
    let forgotten = FriendRule.Request.declined(at: now - .seconds(86_400))
    #expect(FriendRule.outcome(of: Standing(), at: now) == .ask)
    #expect(FriendRule.outcome(of: Standing(askedBefore: .pending), at: now) == .alreadyPending)
    #expect(FriendRule.outcome(of: Standing(askedBefore: declined), at: now) == .tooSoon(.seconds(82_800)))
    #expect(FriendRule.outcome(of: Standing(askedBefore: forgotten), at: now) == .ask)
    #expect(FriendRule.outcome(of: Standing(targetAsked: true, askedBefore: declined), at: now) == .befriend)
    #expect(FriendRule.outcome(of: Standing(areFriends: true, targetAsked: true), at: now) == .friends)
  }

  @Test func `an unknown key causes one fetch a minute`() {
    var refresh = KeyRefresh()
    let stranger = { (refresh: inout KeyRefresh, second: Int) in
      refresh.shouldFetch(knowsKey: false, at: now + .seconds(second))
    }
    #expect(stranger(&refresh, 0))
    refresh.succeeded(at: now)
    #expect(!stranger(&refresh, 1))
    #expect(!stranger(&refresh, 59))
    #expect(stranger(&refresh, 60))
  }

  @Test func `known keys are fetched anew after an hour, also past failures`() {
    var refresh = KeyRefresh()
    let known = { (refresh: inout KeyRefresh, second: Int) in
      refresh.shouldFetch(knowsKey: true, at: now + .seconds(second))
    }
    #expect(known(&refresh, 0))
    refresh.succeeded(at: now)
    #expect(!known(&refresh, 3599))
    #expect(known(&refresh, 3600))
    #expect(!known(&refresh, 3601))
    #expect(known(&refresh, 3660))
  }

  @Test func `mails speak French where the French users are`() {
    for country in ["fr", "be", "ch"] {
      #expect(MailTexts.welcome(to: "a@x.org", country: country).title == "Bienvenue")
    }
    #expect(MailTexts.welcome(to: "a@x.org", country: "us").title == "Welcome")
    let end = Timestamp(seconds: 1_767_225_600)
    let code = MailTexts.resetCode("ABCD2345", to: "a@x.org", country: "fr", until: end)
    #expect(code.body.contains("ABCD2345") && code.mail == "a@x.org" && code.expires == 1_767_225_600)
    #expect(MailTexts.phoneCode("123456", to: "0033", country: "us").text.contains("123456"))
  }
}
