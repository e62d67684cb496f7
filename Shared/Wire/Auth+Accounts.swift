public import JSON

extension Auth {
  /// Makes a chat account from `login`, `password` and `username` (chat.md 2.1); `conflict` `login_taken`.
  public struct Register: SubmissionCall {
    public typealias Reply = Empty
    public static let name = "auth.register"
    public let submission: Submission
    public init(_ submission: Submission) { self.submission = submission }
  }

  /// Opens a session by `login` and `password` (chat.md 2.2). A login with `@` that nobody has is tried as an e-mail.
  public struct Login: SubmissionCall {
    public typealias Reply = OpenedSession
    public static let name = "auth.login"
    public let submission: Submission
    public init(_ submission: Submission) { self.submission = submission }
  }

  /// Makes an account from `email` and `password` and mails a welcome (pictever.md A1); `conflict` `email_taken`.
  public struct Signup: SubmissionCall {
    public typealias Reply = Empty
    public static let name = "auth.signup"
    public let submission: Submission
    public init(_ submission: Submission) { self.submission = submission }
  }

  /// Opens a session by `email` and `password` and takes the device's `os` and `reg_id` (pictever.md A2).
  public struct SignIn: SubmissionCall {
    public typealias Reply = OpenedSession
    public static let name = "auth.sign_in"
    public let submission: Submission
    public init(_ submission: Submission) { self.submission = submission }
  }

  /// Claims `phone_number` for the caller (pictever.md A5). Where numbers are proven by text message the claim waits for
  /// `ConfirmPhone`; `conflict` `phone_taken`.
  public struct SetPhone: SubmissionCall {
    public typealias Reply = Empty
    public static let name = "auth.set_phone"
    public let submission: Submission
    public init(_ submission: Submission) { self.submission = submission }
  }

  /// Proves the number last claimed by `verification_code`; `conflict` `wrong_code`.
  public struct ConfirmPhone: SubmissionCall {
    public typealias Reply = Empty
    public static let name = "auth.confirm_phone"
    public let submission: Submission
    public init(_ submission: Submission) { self.submission = submission }
  }

  /// Mails a code for a new password to `email` (pictever.md 3.11); `not_found` `unknown_email` where the operator lets
  /// strangers learn that, else success.
  public struct SendReset: SubmissionCall {
    public typealias Reply = Empty
    public static let name = "auth.send_reset"
    public let submission: Submission
    public init(_ submission: Submission) { self.submission = submission }
  }

  /// Sets `new_password` by `email` and the mailed `verification_code`, and ends every session of the account.
  public struct ResetPassword: SubmissionCall {
    public typealias Reply = Empty
    public static let name = "auth.reset_password"
    public let submission: Submission
    public init(_ submission: Submission) { self.submission = submission }
  }

  /// The planner's `POST /user` (jarvis.md U1): finds or makes the account behind a token and updates what `fields` name.
  ///
  /// An outside issuer's token proves its e-mail: if somebody held that e-mail unproven, their password and sessions end.
  public struct Enter: Call {
    public typealias Reply = Profile
    public static let name = "auth.enter"
    public let credential: Credential
    public let submission: Submission

    public init(_ credential: Credential, _ submission: Submission) {
      self.credential = credential
      self.submission = submission
    }
  }
}

extension Auth.Enter {
  public init(json: RawJSON) throws {
    self.init(try JSONCoding.decode(Auth.Credential.self, from: json), try Submission(json: json))
  }

  public func json() throws -> RawJSON {
    .object { writer in
      switch credential {
      case .session(let hash): writer.member("hash", hash)
      case .jwt(let jwt): writer.member("jwt", jwt)
      }
      submission.write(into: &writer)
    }
  }
}
