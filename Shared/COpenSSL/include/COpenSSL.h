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

/// The selection of EVP_PKEY_fromdata for public keys.
int carillon_public_key_selection(void);

int carillon_gcm_set_tag(EVP_CIPHER_CTX *context, const unsigned char *tag, int length);
int carillon_gcm_get_tag(EVP_CIPHER_CTX *context, unsigned char *tag, int length);

#endif
