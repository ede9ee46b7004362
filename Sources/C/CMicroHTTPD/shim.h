#ifndef TRAWL_CMicroHTTPD_H
#define TRAWL_CMicroHTTPD_H

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>

// MHD_start_daemon is variadic. The options are the ones HTTPServer needs; every callback gets the same context.
// Takes over `listening`. A connection on which nothing moves is closed after `idle_seconds`, unless a handler has it;
// never for 0.
static inline struct MHD_Daemon *CMicroHTTPD_start(
    int listening, size_t connection_memory, unsigned int connection_limit, unsigned int idle_seconds,
    MHD_AccessHandlerCallback handler,
    void *(*uri_seen)(void *context, const char *uri, struct MHD_Connection *connection),
    MHD_RequestCompletedCallback completed, MHD_NotifyConnectionCallback connection_changed, void *context)
{
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handler, context,
        MHD_OPTION_LISTEN_SOCKET, listening, MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_memory,
        MHD_OPTION_CONNECTION_LIMIT, connection_limit,
        MHD_OPTION_CONNECTION_TIMEOUT, idle_seconds, MHD_OPTION_URI_LOG_CALLBACK, uri_seen, context,
        MHD_OPTION_NOTIFY_COMPLETED, completed, context, MHD_OPTION_NOTIFY_CONNECTION, connection_changed, context,
        MHD_OPTION_END);
}

// MHD_get_connection_info is variadic. Returns -1 when the socket is not known.
static inline int CMicroHTTPD_socket(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

// Likewise. Writes the client's IP address as text; returns 0 when it is not known.
static inline int CMicroHTTPD_peer(struct MHD_Connection *connection, char *text, socklen_t size)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (!info || !info->client_addr)
        return 0;
    if (info->client_addr->sa_family == AF_INET)
        return inet_ntop(AF_INET, &((const struct sockaddr_in *)info->client_addr)->sin_addr, text, size) != 0;
    if (info->client_addr->sa_family == AF_INET6)
        return inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)info->client_addr)->sin6_addr, text, size) != 0;
    return 0;
}

#endif
