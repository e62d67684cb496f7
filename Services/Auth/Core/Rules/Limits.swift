import Wire

/// What one address, or one name from one address, may do in a stretch of time: the windows that each kind of try counts
/// in, the narrower first. Off, nothing is counted.
struct Limits: Sendable {
  private let configuration: AuthConfiguration

  init(_ configuration: AuthConfiguration) { self.configuration = configuration }

  /// Wrong passwords and codes: by name and address together, and by address over all names.
  ///
  /// The name alone is not counted, or anybody could lock a user out. Case and surrounding blanks make no other name.
  func guess(at name: String, from address: String) -> [TryWindow] {
    let name = name.trimmed.lowercased()
    let pair = TryWindow("guess", of: address, name, most: configuration.loginLimit, within: .seconds(60))
    return whereOn([pair]) + probe(from: address)
  }

  /// Asking whether a name is taken is a guess as well, but not one at that name's password.
  func probe(from address: String) -> [TryWindow] {
    whereOn([TryWindow("probe", of: address, most: configuration.loginAddressLimit, within: .seconds(60))])
  }

  func account(_ origin: AccountDraft.Origin, from address: String) -> [TryWindow] {
    switch origin {
    case .chat: hourly("account", of: address, most: configuration.accountLimit)
    case .pictever, .jarvis: hourly("signup", of: address, most: configuration.signupLimit)
    }
  }

  /// Codes to somebody's mailbox or telephone, whether or not there is one.
  func code(to receiver: String, from address: String) -> [TryWindow] {
    hourly("code to", of: receiver, most: configuration.codeLimit)
      + hourly("code from", of: address, most: configuration.codeAddressLimit)
  }

  /// Requests that are new, since each sends a push.
  func friendRequest(by user: UserID) -> [TryWindow] {
    hourly("friend", of: user.text, most: configuration.friendLimit)
  }

  private func hourly(_ kind: String, of who: String, most: Int) -> [TryWindow] {
    whereOn([TryWindow(kind, of: who, most: most, within: .seconds(3600))])
  }

  private func whereOn(_ windows: @autoclosure () -> [TryWindow]) -> [TryWindow] {
    configuration.limitsAreOn ? windows() : []
  }
}
