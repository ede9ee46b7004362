#ifndef TRAWL_CCrypto_H
#define TRAWL_CCrypto_H

#include <openssl/evp.h>
#include <openssl/sha.h>

#endif
