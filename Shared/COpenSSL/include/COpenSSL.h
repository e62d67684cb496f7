#ifndef CARILLON_COPENSSL_H
#define CARILLON_COPENSSL_H

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

// What Swift cannot import: function-like and composed macros, and variadic functions.

/// A fresh key pair, or NULL. The caller frees it.
EVP_PKEY *carillon_generate_rsa(unsigned int bits);
EVP_PKEY *carillon_generate_p256(void);

/// Reads an unencrypted PEM private key, or gives NULL; never asks a terminal for a passphrase.
EVP_PKEY *carillon_read_private_key(const void *pem, int length);

/// A public key from its big-endian numbers, or from its uncompressed point; NULL when it is none. Here and not in Swift
/// because OpenSSL's parameter builder keeps the pointers it is given, names included.
EVP_PKEY *carillon_rsa_public_key(const unsigned char *modulus, int modulus_length, const unsigned char *exponent,
                                  int exponent_length);
EVP_PKEY *carillon_p256_public_key(const unsigned char *point, int length);

/// Frees what OpenSSL has allocated for its caller.
void carillon_free(void *memory);

int carillon_gcm_set_tag(EVP_CIPHER_CTX *context, const unsigned char *tag, int length);
int carillon_gcm_get_tag(EVP_CIPHER_CTX *context, unsigned char *tag, int length);

#endif
