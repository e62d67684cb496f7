import JSON
import Phone
import Security
import Wire

/// A number of a contact as an app sent it, and what it stands for.
struct Contact: Sendable, Equatable {
  /// Apps compare this text, so it goes back unchanged.
  let written: String
  /// Canonical; nil for what is no number, which then belongs to nobody.
  let phone: String?
  var name = ""

  init(_ written: String, country: String, name: String = "") {
    self.written = written
    self.name = name
    phone = PhoneNumber(written, country: country)?.text
  }
}

/// The lists of pictever.md 2.5, C1 and C2.
enum ContactForm {
  static let most = 5000

  static func numbers(_ submission: Submission, country: String) throws(Failure) -> [Contact] {
    let list = try Fields(submission).list("contacts", atMost: most)
    var contacts: [Contact] = []
    for entry in list {
      guard let text = entry.string, isDecent(text) else { throw .invalid("contacts") }
      contacts.append(Contact(text, country: country))
    }
    return contacts
  }

  /// A book that was cut off within a name, as an `&` there does to a body that is not encoded, ends with what is left of
  /// that name (pictever.md 3.9).
  static func book(_ submission: Submission, country: String) throws(Failure) -> AddressBook {
    let list = try Fields(submission).list("address_book", atMost: most, lostEnd: #""}]"#)
    var contacts: [Contact] = []
    for entry in list {
      guard let object = entry.object, let tel = object["tel"]?.string, isDecent(tel) else {
        throw .invalid("address_book")
      }
      let name = object["name"]?.string ?? ""
      guard isDecent(name) else { throw .invalid("address_book") }
      contacts.append(Contact(tel, country: country, name: name))
    }
    return AddressBook(contacts: contacts)
  }

  private static func isDecent(_ text: String) -> Bool { text.utf8.count <= 512 && text.isStorable }
}

/// A person's contacts with the names given to them.
struct AddressBook: Sendable {
  let contacts: [Contact]

  /// The same for the same book, so that an unchanged upload is known. Numbers count as they were written: they may mean
  /// something else after the owner's country has changed, so the canonical form counts too.
  var digest: [UInt8] {
    SHA256.digest(contacts.map { "\($0.written)\0\($0.phone ?? "")\0\($0.name)\0" }.joined())
  }
}
