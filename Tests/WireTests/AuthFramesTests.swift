import JSON
import Testing
import Wire

/// Each call of `carillon-auth`, its event, and the calls it leaves for delivery, against the lines kept under
/// `Fixtures/frames`: a changed wire shows there.
@Suite struct AuthFramesTests: GoldenFrames {
  static let ann = UserID("7f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a11")
  static let bob = UserID("8f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a12")
  static let session = SessionID("5f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a22")
  static let hash = String(repeating: "0f", count: 32)
  static let context = CallContext(user: ann, session: session)
  static let opened = Auth.OpenedSession(
    user: ann,
    name: "Ann",
    session: session,
    token: "t0k-en",
    expires: 1_769_817_600
  )
  static let profile = Auth.Profile(
    id: ann,
    email: "ann@x.org",
    name: "Ann",
    handle: "ann",
    phone: "0033199001201",
    country: "fr",
    timezone: "America/Vancouver"
  )

  private func check<C: SubmissionCall>(form: String, _: C.Type, _ reply: C.Reply) throws {
    let fields = try RawJSON(validating: Array(form.utf8))
    try check(C(Submission(fields, address: "192.0.2.1")), reply)
  }

  @Test func `accounts`() throws {
    try check(form: #"{"login":"ann","password":"correct horse","username":"Ann"}"#, Auth.Register.self, Empty())
    try check(form: #"{"login":"ann","password":"correct horse"}"#, Auth.Login.self, Self.opened)
    try check(form: #"{"email":"ann@x.org","password":"00ff"}"#, Auth.Signup.self, Empty())
    try check(
      form: #"{"email":"ann@x.org","password":"00ff","os":"ios","reg_id":""}"#,
      Auth.SignIn.self,
      Self.opened
    )
    try check(form: #"{"email":"ann@x.org"}"#, Auth.SendReset.self, Empty())
    try check(
      form: #"{"email":"ann@x.org","verification_code":"ABCD2345","new_password":"00ff"}"#,
      Auth.ResetPassword.self,
      Empty()
    )
  }

  @Test func `phones`() throws {
    let form = #"{"phone_number":"+33 1 99 00 12 01","reg_id":"t","os":"android"}"#
    try check(form: form, Auth.SetPhone.self, Empty())
    try check(form: #"{"verification_code":"123456"}"#, Auth.ConfirmPhone.self, Empty())
  }

  @Test func `sessions`() throws {
    let identity = Auth.Identity(
      user: Self.ann,
      session: Self.session,
      email: nil,
      name: "Ann",
      expires: 1_769_817_600
    )
    try check(Auth.Verify(.session(hash: Self.hash)), identity)
    try check(Auth.Logout(), Empty())
    try check(Auth.GoogleAccess(of: Self.ann), .init("ya29.t0k-en"))
    let fields = try RawJSON(validating: Array(#"{"username":"ann"}"#.utf8))
    try check(Auth.Enter(.jwt("a.b.c"), Submission(fields, address: "::1")), Self.profile)
    try check(Auth.SessionsEnded(sessions: [Self.session], hashes: [Self.hash]))
  }

  @Test func `directory`() throws {
    try check(Auth.Search("x.org"), Auth.Profiles([Self.profile]))
    try check(Auth.FetchProfiles(of: [Self.ann, Self.bob]), Auth.Profiles([Self.profile]))
    try check(Auth.Find(["ann@x.org", "nobody@x.org"]), Auth.Profiles([Self.profile]))
    try check(Auth.Resolve("ann@x.org"), Self.profile)
  }

  @Test func `friends`() throws {
    try check(Auth.ListFriends(), .init([Self.bob]))
    try check(
      Auth.ListFriendRequests(),
      .init([Auth.FriendRequest(from: Self.bob, created: 1_767_225_600.25)])
    )
    try check(Auth.RequestFriend(target: Self.bob, from: Self.ann.text), Auth.Friendship(.pending))
    try check(Auth.AnswerFriend(from: Self.bob, accept: true), Auth.Friendship(.accepted))
    try check(Auth.RemoveFriend(Self.bob), Empty())
  }

  @Test func `what is left for delivery`() throws {
    try check(Delivery.SendText(to: "0033199001201", text: "Your code is 123456"), Empty())
    let data = ["type": "friend_request", "from": Self.ann.text]
    try check(Delivery.SendPush(to: Self.bob, title: "Friend request", body: "Ann", data: data), Empty())
    let person = Delivery.NotePerson(
      user: Self.ann,
      revision: 3,
      email: "ann@x.org",
      name: "Ann",
      country: "fr",
      phone: "0033199001201",
      devices: [Delivery.Device(app: .pictever, os: .ios, token: "t")],
      timezone: "Europe/Paris"
    )
    try check(person, Empty())
  }
}
