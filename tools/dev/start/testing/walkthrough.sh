# 1. Register and login
curl -X POST http://localhost:5000/api/auth/users \
  -H "Content-Type: application/json" \
  -d '{"username":"testuser","email":"test@example.com","password":"password123"}'

TOKEN=$(curl -s -X POST http://localhost:5000/api/auth/login \
  -H "Content-Type: application/json" \
  -d '{"email":"test@example.com","password":"password123"}' | jq -r .token)

# 2. First request - CACHE MISS (slow, ~50-100ms)
time curl -s http://localhost:5000/api/posts -H "Authorization: Bearer $TOKEN" | jq

# 3. Second request - CACHE HIT (fast, ~5ms)
time curl -s http://localhost:5000/api/posts -H "Authorization: Bearer $TOKEN" | jq

# 4. Create a post (invalidates cache)
curl -X POST http://localhost:5000/api/posts \
  -H "Authorization: Bearer $TOKEN" \
  -H "Content-Type: application/json" \
  -d '{"title":"Cache Test","url":"https://example.com"}'

# 5. Next request is CACHE MISS again (cache was invalidated)
time curl -s http://localhost:5000/api/posts -H "Authorization: Bearer $TOKEN" | jq
