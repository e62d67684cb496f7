import Kit
import Loop
import Postgres
import Testing
import Time
import Wire

@testable import AuthCore

@Suite(.needsPostgres)
@LoopActor
struct AuthDirectoryTests {
  /// Three people with e-mails, signed in.
  private func with(_ body: @LoopActor (AuthBench, _ people: [Auth.OpenedSession]) async throws -> Void) async throws {
    try await AuthBench.with { bench in
      var people: [Auth.OpenedSession] = []
      for email in ["ann@x.org", "bob@x.org", "c_d%@x.org"] {
        try await bench.signUp(email)
        people.append(try await bench.signIn(email))
      }
      try await body(bench, people)
    }
  }

  @Test func `a search is literal, in any case, and sees e-mails only`() async throws {
    try await with { bench, people in
      try await bench.register("chatter", name: "x.org")
      func found(_ text: String) async throws -> [String?] {
        try await bench.handler.search(Auth.Search(text)).profiles.map(\.email)
      }
      #expect(try await found(".*").isEmpty)
      #expect(try await found("X.ORG") == ["ann@x.org", "bob@x.org", "c_d%@x.org"])
      #expect(try await found("_") == ["c_d%@x.org"])
      #expect(try await found("%") == ["c_d%@x.org"])
      #expect(try await found("").count == 3)
      await bench.expect(.invalid("q")) { try await found("a\0") }
    }
  }

  @Test func `an id or an e-mail resolves, nothing else does`() async throws {
    try await with { bench, people in
      #expect(try await bench.handler.resolve(Auth.Resolve("BOB@x.org")).id == people[1].user)
      #expect(try await bench.handler.resolve(Auth.Resolve(people[1].user.text.uppercased())).email == "bob@x.org")
      for id in ["", "bob", "00000000-0000-4000-8000-000000000000", "b\0b"] {
        await bench.expect(Failure(.notFound)) { try await bench.handler.resolve(Auth.Resolve(id)) }
      }
      let profiles = try await bench.handler.profiles(Auth.FetchProfiles(of: [people[0].user, UserID("none")]))
      #expect(profiles.profiles.map(\.id) == [people[0].user])
    }
  }

  @Test func `a request is pending until it is answered, a request back makes friends`() async throws {
    try await with { bench, people in
      let (ann, bob) = (people[0], people[1])
      #expect(try await ask(ann, bob, bench) == .pending)
      #expect(try await ask(ann, bob, bench) == .pending)
      let requests = try await bench.handler.friendRequests(bob.context).requests
      #expect(requests.map(\.from) == [ann.user])
      #expect(try await ask(bob, ann, bench) == .accepted)
      #expect(try await ask(ann, bob, bench) == .accepted)
      #expect(try await bench.handler.friends(ann.context).friends == [bob.user])
      #expect(try await bench.handler.friends(bob.context).friends == [ann.user])
      #expect(try await bench.handler.friendRequests(bob.context).requests.isEmpty)
      let pushes = try await bench.posted(Delivery.SendPush.self)
      #expect(pushes.map(\.to) == [bob.user, ann.user])
      #expect(pushes[0].data == ["type": "friend_request", "from": ann.user.text])
      _ = try await bench.handler.removeFriend(Auth.RemoveFriend(ann.user), bob.context)
      #expect(try await bench.handler.friends(ann.context).friends.isEmpty)
      let gone = await bench.failure { try await bench.handler.removeFriend(Auth.RemoveFriend(bob.user), ann.context) }
      #expect(gone == Failure(.notFound))
    }
  }

  @Test func `two who ask each other at the same moment are friends`() async throws {
    try await with { bench, people in
      let one = onLoop { try? await ask(people[0], people[1], bench) }
      let other = onLoop { try? await ask(people[1], people[0], bench) }
      let states = [await one.value, await other.value]
      #expect(Set(states) == [.pending, .accepted])
      let friends = try await bench.handler.friends(people[0].context).friends
      let requests = try await bench.count("friend_request")
      #expect(friends == [people[1].user] && requests == 0)
    }
  }

  @Test func `who was declined may ask again after a day`() async throws {
    try await with { bench, people in
      let (ann, bob) = (people[0], people[1])
      let decline = Auth.AnswerFriend(from: ann.user, accept: false)
      await bench.expect(Failure(.notFound)) { try await bench.handler.answerFriend(decline, bob.context) }
      _ = try await ask(ann, bob, bench)
      #expect(try await bench.handler.answerFriend(decline, bob.context).state == .declined)
      let soon = await bench.failure { try await ask(ann, bob, bench) }
      #expect(soon == Failure(.rateLimited, .declinedLately, retryAfter: 86_400))
      bench.clock.advance(by: .seconds(86_400))
      #expect(try await ask(ann, bob, bench) == .pending)
      let accept = Auth.AnswerFriend(from: ann.user, accept: true)
      #expect(try await bench.handler.answerFriend(accept, bob.context).state == .accepted)
      #expect(try await bench.handler.friends(bob.context).friends == [ann.user])
    }
  }

  @Test func `nobody asks in another's name, or themselves, or nobody`() async throws {
    try await with { bench, people in
      let (ann, bob) = (people[0], people[1])
      func failure(_ target: UserID, _ from: String?) async -> Failure? {
        await bench.failure {
          try await bench.handler.requestFriend(Auth.RequestFriend(target: target, from: from), ann.context)
        }
      }
      #expect(await failure(bob.user, people[2].user.text) == Failure(.forbidden))
      #expect(await failure(ann.user, nil) == .invalid("target"))
      #expect(await failure(UserID("00000000-0000-4000-8000-000000000000"), nil) == Failure(.notFound))
      #expect(await failure(UserID("nonsense"), nil) == Failure(.notFound))
      #expect(await failure(bob.user, "ANN@x.org") == nil)
      let stranger = await bench.failure { try await bench.handler.friends(CallContext()) }
      #expect(stranger?.word == .unauthenticated)
    }
  }

  private func ask(
    _ sender: Auth.OpenedSession,
    _ target: Auth.OpenedSession,
    _ bench: AuthBench
  ) async throws -> Auth.Friendship.State {
    let call = Auth.RequestFriend(target: target.user, from: sender.user.text)
    return try await bench.handler.requestFriend(call, sender.context).state
  }
}
